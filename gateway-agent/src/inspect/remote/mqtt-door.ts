import type { InspectAnswer } from "@only-mes/protocols/inspection/messages";
import {
  inspectAnswerTopic,
  inspectAskTopic,
  type GatewayName,
} from "@only-mes/protocols/inspection/topics";
import mqtt, { type MqttClient } from "mqtt";

export interface DoorOptions {
  readonly url: string;
  readonly name: GatewayName;
  readonly answer: (payload: Uint8Array) => Promise<InspectAnswer | undefined>;
  readonly opened: () => void;
  readonly failed: (error: Error) => void;
}

const reconnectEveryMs = 2000;
const farewellBoundMs = 1000;

/**
 * Where asks come in, over a connection of its own: the edge node's has its will, its order and its
 * births to keep. What was asked while the door was shut is not answered later.
 */
export class InspectionDoor {
  readonly #options: DoorOptions;
  readonly #client: MqttClient;

  constructor(options: DoorOptions) {
    this.#options = options;
    const { url, name, opened, failed } = options;
    this.#client = mqtt.connect(url, {
      clientId: `${name.site}/${name.edgeNode}/inspect`,
      protocolVersion: 4,
      clean: true,
      reconnectPeriod: reconnectEveryMs,
      resubscribe: false,
      queueQoSZero: false,
    });
    this.#client.on("error", failed);
    this.#client.on("connect", () => {
      this.#client.subscribe(inspectAskTopic(name), { qos: 1 }, (error) => {
        if (error) failed(error);
        else opened();
      });
    });
    this.#client.on("message", (_topic, payload, { retain }) => {
      // A retained ask would come again with every connection.
      if (!retain) void this.#answer(payload);
    });
  }

  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const bound = setTimeout(resolve, farewellBoundMs);
    this.#client.end(false, {}, () => resolve());
    await promise;
    clearTimeout(bound);
    this.#client.end(true);
  }

  async #answer(payload: Uint8Array): Promise<void> {
    const { answer, name } = this.#options;
    const told = await answer(payload);
    if (told === undefined || !this.#client.connected) return;
    this.#client.publish(inspectAnswerTopic(name, told.id), JSON.stringify(told), { qos: 1 });
  }
}
