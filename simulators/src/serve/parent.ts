import { z } from "zod";

/** What a process of the plant that started this one may ask for; the answer carries its id. */
const command = z.discriminatedUnion("type", [
  z.object({ type: z.literal("begin") }),
  z.object({ type: z.literal("freeze") }),
  z.object({ type: z.literal("truth") }),
  z.object({
    type: z.literal("disconnect"),
    plc: z.string(),
    realMs: z.number().nonnegative(),
  }),
]);

export type Command = z.infer<typeof command>;

const message = z.object({ type: z.string(), id: z.unknown().optional() });

/** A shutdown that hangs ends here. */
const shutDownMsMax = 7500;

export interface Parented {
  /** Answers with the message that belongs to the command. */
  obey: (command: Command) => Promise<object>;
  shutDown: () => Promise<void>;
}

/** Ends this process on SIGTERM, SIGINT, `{type: shutdown}` and when the parent is gone. */
export function listenToParent({ obey, shutDown }: Parented): {
  ready: (facts: object) => void;
} {
  let ending = false;
  const end = () => {
    if (ending) return;
    ending = true;
    setTimeout(() => process.exit(1), shutDownMsMax).unref();
    shutDown().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`${String(error)}\n`);
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
  process.on("disconnect", end);
  process.on("message", (received: unknown) => {
    const { data } = message.safeParse(received);
    if (data?.type === "shutdown") return end();
    void answer(received, obey).then((reply) => process.send?.({ ...reply, id: data?.id }));
  });
  return {
    ready(facts) {
      process.send?.({ type: "ready", ...facts });
      process.stdout.write(`${JSON.stringify({ ready: true, ...facts })}\n`);
    },
  };
}

async function answer(received: unknown, obey: Parented["obey"]): Promise<object> {
  const parsed = command.safeParse(received);
  if (!parsed.success) return { type: "refused", message: z.prettifyError(parsed.error) };
  try {
    return await obey(parsed.data);
  } catch (error) {
    return { type: "refused", message: (error as Error).message };
  }
}
