import { inspect } from "../src/inspect/command-line.ts";
import type { Outcome } from "../src/inspect/command.ts";

/** A command as it is typed, in a terminal that nobody looks at; `written` has what came before its end. */
export async function typed(
  args: readonly string[],
  stopping: AbortSignal = new AbortController().signal,
  heard: (text: string) => void = () => undefined,
): Promise<Outcome & { written: string }> {
  let written = "";
  const outcome = await inspect(args, {
    write(text) {
      written += text;
      heard(text);
    },
    isScreen: false,
    rows: 0,
    stopping,
  });
  return { ...outcome, written };
}
