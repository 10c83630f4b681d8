const boundMs = 8000;

/**
 * Runs `close` once, when the process is asked to end: by a signal, by its parent, or by the death of
 * its parent. Then the process exits with 0; if closing takes too long, with 1.
 */
export function onShutdown(close: (reason: string) => Promise<void>): void {
  let isClosing = false;
  const begin = (reason: string) => {
    if (isClosing) return;
    isClosing = true;
    setTimeout(() => process.exit(1), boundMs).unref();
    close(reason).then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(
          `shutdown failed: ${error instanceof Error ? error.message : String(error)}\n`,
        );
        process.exit(1);
      },
    );
  };
  process.on("SIGTERM", () => begin("SIGTERM"));
  process.on("SIGINT", () => begin("SIGINT"));
  process.on("disconnect", () => begin("the parent process is gone"));
  process.on("message", (message: { type?: unknown } | null) => {
    if (message?.type === "shutdown") begin("asked by the parent process");
  });
}
