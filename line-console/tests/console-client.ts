import type {
  ConsoleToServer,
  Delta,
  ServerToConsole,
  Topic,
} from "@only-mes/protocols/console/live";
import type { Socket } from "socket.io";
import type { ServedPlant } from "./served-plant.ts";

export interface ConsoleClient {
  /** A topic has moved on: what the console lacks of it goes into the next frame. */
  offer(topic: Topic): void;
  send(): void;
}

export interface ClientConditions {
  muted: () => boolean;
  /** True once: the frame that is about to be sent gets lost. */
  takeLoss: () => boolean;
  onSubscribe: (topic: Topic) => void;
}

/** One console as the server sees it: at most one frame under way, later changes conflated. */
export function consoleClient(
  socket: Socket<ConsoleToServer, ServerToConsole>,
  plant: ServedPlant,
  { muted, takeLoss, onSubscribe }: ClientConditions,
): ConsoleClient {
  /** The sequence that the console has of every topic that it subscribed to. */
  const had = new Map<Topic, number>();
  const due = new Set<Topic>();
  let underWay = false;

  socket.on("time", (answer) => {
    if (!muted()) answer(plant.nowMs());
  });
  socket.on("unsubscribe", (topic) => had.delete(topic));
  socket.on("subscribe", ({ topic, epoch, seq }, answer) => {
    onSubscribe(topic);
    if (muted()) return;
    const publication = plant.topic(topic);
    const serverTimeMs = plant.nowMs();
    if (publication === undefined) {
      answer({ kind: "refused", topic, code: "unknown-line", message: `no line for ${topic}` });
      return;
    }
    had.set(topic, publication.seq);
    const head = { topic, epoch: publication.epoch, seq: publication.seq, serverTimeMs };
    const missed = epoch === publication.epoch ? publication.since(seq ?? -1) : undefined;
    if (missed === undefined) answer({ kind: "snapshot", ...head, state: publication.state() });
    else answer({ kind: "deltas", ...head, deltas: missed });
  });

  function send(): void {
    if (underWay || muted() || due.size === 0) return;
    const deltas: Delta[] = [];
    for (const topic of due) {
      const fromSeq = had.get(topic);
      const publication = plant.topic(topic);
      if (fromSeq === undefined || publication === undefined) continue;
      deltas.push(...(publication.since(fromSeq) ?? []));
      had.set(topic, publication.seq);
    }
    due.clear();
    if (deltas.length === 0) return;
    if (takeLoss()) return;
    underWay = true;
    socket.emit("frame", { serverTimeMs: plant.nowMs(), deltas }, () => {
      underWay = false;
      send();
    });
  }

  return {
    offer(topic) {
      if (!had.has(topic)) return;
      due.add(topic);
      send();
    },
    send,
  };
}
