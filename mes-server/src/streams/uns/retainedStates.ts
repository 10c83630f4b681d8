import { stateTopic, type OutgoingState } from "@only-mes/protocols/events/outgoing";
import type { PlantClock } from "@only-mes/protocols/plant/clock";
import type { Pool } from "pg";
import { deleteUnsTopics, insertUnsTopics, readUnsTopics } from "../../store/unsTopics.ts";
import { levelName, type EquipmentPaths } from "../equipmentPaths.ts";
import type { MqttLink } from "./mqttLink.ts";
import type { UnsState } from "./unsState.ts";

/** The states that the broker keeps of us. They are read when they are sent: a newer one never gives way. */
export interface RetainedStates {
  /** Sends what these events have touched. */
  touched(
    events: readonly { kind: string; equipment: string }[],
    paths: EquipmentPaths,
    sequence: number,
  ): Promise<void>;
  /** Sends all of them that are not as they were sent last, and clears those of which there are none any more. */
  refresh(paths: EquipmentPaths, sequence: number): Promise<void>;
  /** The broker may have forgotten everything: what was sent last is not known any more. */
  forget(): void;
}

export function retainedStates({
  pool,
  link,
  root,
  clock,
  realNow,
  states,
}: {
  pool: Pool;
  link: MqttLink;
  root: string;
  clock: Pick<PlantClock, "now">;
  realNow: () => number;
  states: readonly UnsState[];
}): RetainedStates {
  /** By topic; undefined while it is not known. */
  const sent = new Map<string, string>();
  const known = new Set<string>();
  /** Of the states that are not read each time: when they were, and the topics that there were. */
  const readAt = new Map<string, { atMs: number; topics: readonly string[] }>();

  const send = async (
    state: UnsState,
    rows: ReadonlyMap<string, Record<string, unknown>>,
    paths: EquipmentPaths,
    sequence: number,
  ): Promise<string[]> => {
    const at = new Date(clock.now()).toISOString();
    const all = [...rows].map(([equipment, data]) => ({
      topic: stateTopic(root, paths.of(equipment).map(levelName), state.name),
      equipment,
      data,
      text: JSON.stringify(data),
    }));
    const changed = all.filter(({ topic, text }) => sent.get(topic) !== text);
    const unheardOf = changed.filter(({ topic }) => !known.has(topic));
    if (unheardOf.length > 0) {
      await insertUnsTopics(
        pool,
        unheardOf.map(({ topic, equipment }) => ({ topic, equipment, state: state.name })),
      );
      for (const { topic } of unheardOf) known.add(topic);
    }
    await Promise.all(
      changed.map(async ({ topic, equipment, data, text }) => {
        const payload: OutgoingState = {
          version: 1,
          sequence,
          state: state.name,
          equipment,
          at,
          data,
        };
        await link.publish(topic, JSON.stringify(payload), {
          retain: true,
        });
        sent.set(topic, text);
      }),
    );
    return all.map(({ topic }) => topic);
  };

  /** Answers its topics; `undefined` if nothing can be said of it now. */
  const refreshState = async (
    state: UnsState,
    paths: EquipmentPaths,
    sequence: number,
  ): Promise<readonly string[] | undefined> => {
    const before = readAt.get(state.name);
    const isFresh =
      before !== undefined &&
      state.everyMs !== undefined &&
      realNow() - before.atMs < state.everyMs;
    if (isFresh) return before.topics;
    if (state.isReady?.() === false) return undefined;
    const rows = await state.read(pool, { nowMs: clock.now(), equipment: undefined });
    const topics = await send(state, rows, paths, sequence);
    readAt.set(state.name, { atMs: realNow(), topics });
    return topics;
  };

  const clear = async (topics: readonly string[]): Promise<void> => {
    await Promise.all(topics.map((topic) => link.publish(topic, "", { retain: true })));
    await deleteUnsTopics(pool, topics);
    for (const topic of topics) {
      sent.delete(topic);
      known.delete(topic);
    }
  };

  return {
    async touched(events, paths, sequence) {
      for (const state of states) {
        const owners = new Set(
          events
            .filter(({ kind }) => state.touchedBy(kind))
            .map(({ equipment }) => state.ownerOf(equipment)),
        );
        if (owners.size === 0 || state.isReady?.() === false) continue;
        const asked = { nowMs: clock.now(), equipment: [...owners] };
        await send(state, await state.read(pool, asked), paths, sequence);
      }
    },
    async refresh(paths, sequence) {
      for (const topic of await readUnsTopics(pool)) known.add(topic);
      const present = new Set<string>();
      const unread = new Set<string>();
      for (const state of states) {
        const topics = await refreshState(state, paths, sequence);
        if (topics === undefined) unread.add(state.name);
        for (const topic of topics ?? []) present.add(topic);
      }
      const gone = [...known].filter(
        (topic) => !present.has(topic) && !unread.has(topic.slice(topic.lastIndexOf("/") + 1)),
      );
      if (gone.length > 0) await clear(gone);
    },
    forget() {
      sent.clear();
      readAt.clear();
    },
  };
}
