import { plantClock } from "@only-mes/protocols/plant/clock";
import { never } from "../plant/design.ts";
import { lakeside } from "../plant/lakeside.ts";
import { disconnect } from "../plc/behaviour.ts";
import { deviceNamed } from "../plc/devices.ts";
import { startLakesidePlcs } from "../plc/lakeside-plcs.ts";
import type { ServeOptions } from "../config/serve-options.ts";
import { log, quietOpcua } from "./log.ts";
import { listenToParent, type Command } from "./parent.ts";
import { runPlant } from "./running-plant.ts";

/** How often the plant is brought to now, and how often it is written to disk. Wall clock. */
const advanceEveryMs = 20;
const saveEveryMs = 2000;

export async function serve(options: ServeOptions): Promise<void> {
  quietOpcua();
  const clock = plantClock(options.clock);
  const minutes = options["for-minutes"];
  const running = await runPlant({
    design: lakeside,
    seed: options.seed,
    clock,
    stateDir: options["state-dir"],
    ...(options["truth-file"] !== undefined && { truthFile: options["truth-file"] }),
    forMs: minutes === undefined ? never : minutes * 60_000,
    waitForBegin: options["wait-for-begin"],
  });
  const { plant } = running;
  if (plant.state.seed !== options.seed) {
    log.warn({ seed: plant.state.seed }, "the plant of the state directory goes on with its seed");
  }
  const plcs = await startLakesidePlcs({
    plant,
    advance: () => running.advance(),
    stateDir: options["state-dir"],
    opcuaPort: options["opcua-port"],
    modbusPort: options["modbus-port"],
    meterPort: options["meter-port"],
  });
  running.observe(plcs.observer);
  const advancing = setInterval(() => {
    running.advance();
    plcs.show();
  }, advanceEveryMs);
  const saving = setInterval(() => {
    running.save().catch((error: unknown) => log.error({ error }, "the plant could not be saved"));
  }, saveEveryMs);

  async function obey(command: Command): Promise<object> {
    switch (command.type) {
      case "begin": {
        const atMs = running.begin();
        // It is part of the history: a plant that is killed now must know that it had begun.
        await running.save();
        return { type: "begun", atMs };
      }
      case "freeze": {
        const atMs = await running.freeze();
        plcs.show();
        await running.save();
        return { type: "frozen", atMs };
      }
      case "truth":
        running.advance();
        return { type: "truth", truth: running.truth() };
      case "disconnect":
        await plcs.behave(deviceNamed(command.plc), disconnect(command.realMs));
        return { type: "disconnected" };
    }
  }

  listenToParent({
    obey,
    async shutDown() {
      clearInterval(advancing);
      clearInterval(saving);
      await plcs.close().catch((error: unknown) => log.warn({ error }, "a PLC closed badly"));
      await running.close();
    },
  }).ready({ endpoints: plcs.endpoints, lines: lakeside.lines.map(({ id }) => id) });
}
