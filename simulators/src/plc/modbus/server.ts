import type { Server, Socket } from "node:net";
import { ServerTCP, type FCallbackVal, type IServiceVector } from "modbus-serial";
import type { Behaviour } from "../behaviour.ts";
import type { RegisterImage } from "./registers.ts";

/** A Modbus TCP server on the loopback address. */
export interface ModbusPlc {
  readonly url: string;
  readonly port: number;
  /** Requests that it has been asked, answered or not. */
  requests(): number;
  /** Replaces how it behaves; nothing named, it behaves well. Settles when that is in force. */
  behave(...behaviours: Behaviour[]): Promise<void>;
  close(): Promise<void>;
}

export interface ModbusPlcOptions {
  /** 0 is any free one. */
  port: number;
  /** By unit id: what it shows at this instant, taken once a request, so that no value tears. */
  units: ReadonlyMap<number, () => RegisterImage>;
}

export async function startModbusPlc({ port, units }: ModbusPlcOptions): Promise<ModbusPlc> {
  const requests = answering(units);
  let server: ServerTCP | undefined = await listen(port, requests.vector);
  const chosen = portOf(server);
  let closed = false;
  let upAgain: NodeJS.Timeout | undefined;

  async function drop(realMs: number): Promise<void> {
    clearTimeout(upAgain);
    await stop(server);
    server = undefined;
    if (!closed) upAgain = setTimeout(() => void comeBack(), realMs);
  }

  async function comeBack(): Promise<void> {
    const back = await listen(chosen, requests.vector).catch(() => undefined);
    if (closed) return stop(back);
    if (back === undefined) upAgain = setTimeout(() => void comeBack(), 100);
    server = back;
  }

  return {
    url: `tcp://127.0.0.1:${chosen}`,
    port: chosen,
    requests: requests.asked,
    async behave(...behaviours) {
      requests.behave(behaviours);
      for (const behaviour of behaviours) {
        if (behaviour.kind === "resetConnection") reset(server);
        if (behaviour.kind === "disconnect") await drop(behaviour.realMs);
      }
    },
    async close() {
      closed = true;
      clearTimeout(upAgain);
      await stop(server);
    },
  };
}

/** Exception codes of the Modbus application protocol. */
const illegalFunction = 1;
const illegalDataAddress = 2;
const targetFailedToRespond = 11;

type Reply = (error: Error, value: never) => void;

function answering(units: ModbusPlcOptions["units"]) {
  let behaviours: Behaviour[] = [];
  let asked = 0;
  let turn: { image: RegisterImage | undefined; number: number } | undefined;

  /** modbus-serial asks for bits one by one, in one go: they are one request, of one instant. */
  function request(unit: number): { image: RegisterImage | undefined; number: number } {
    if (turn === undefined) {
      asked += 1;
      turn = { image: units.get(unit)?.(), number: asked };
      queueMicrotask(() => (turn = undefined));
    }
    return turn;
  }

  function answer<T>(
    unit: number,
    first: number,
    length: number,
    reply: FCallbackVal<T>,
    take: (image: RegisterImage) => T | undefined,
  ): void {
    const { image, number } = request(unit);
    if (behaviours.some(({ kind }) => kind === "dropEveryThirdReply") && number % 3 === 0) return;
    const refusal = behaviours.find(
      (behaviour) =>
        behaviour.kind === "exceptionFor" &&
        behaviour.address >= first &&
        behaviour.address < first + length,
    );
    const value = image === undefined ? undefined : take(image);
    const send = () => {
      if (refusal?.kind === "exceptionFor") refuse(reply, refusal.code);
      else if (image === undefined) refuse(reply, targetFailedToRespond);
      else if (value === undefined) refuse(reply, illegalDataAddress);
      else reply(null, value);
    };
    const late = behaviours.find(({ kind }) => kind === "answerLate");
    if (late?.kind === "answerLate") setTimeout(send, late.realMs).unref();
    else send();
  }

  const register = (address: number, unit: number, reply: FCallbackVal<number>) =>
    answer(unit, address, 1, reply, (image) => image.registers[address - image.first]);

  const registers = (
    address: number,
    length: number,
    unit: number,
    reply: FCallbackVal<number[]>,
  ) =>
    answer(unit, address, length, reply, ({ first, registers }) => {
      const exist = address >= first && address + length <= first + registers.length;
      return exist ? [...registers.subarray(address - first, address - first + length)] : undefined;
    });

  const bit = (address: number, unit: number, reply: FCallbackVal<boolean>) =>
    answer(unit, address, 1, reply, ({ bits }) => bits[address]);

  const vector: IServiceVector = {
    getHoldingRegister: register,
    getInputRegister: register,
    getMultipleHoldingRegisters: registers,
    getMultipleInputRegisters: registers,
    getCoil: bit,
    getDiscreteInput: bit,
    setCoil: readOnly,
    setRegister: readOnly,
    setRegisterArray: readOnly,
  };
  return {
    vector,
    asked: () => asked,
    behave: (next: Behaviour[]) => (behaviours = next),
  };
}

function refuse(reply: Reply, code: number): void {
  reply(exception(code), undefined as never);
}

function readOnly(): never {
  throw exception(illegalFunction);
}

function exception(code: number): Error {
  return Object.assign(new Error(`Modbus exception ${code}`), { modbusErrorCode: code });
}

async function listen(port: number, vector: IServiceVector): Promise<ServerTCP> {
  // As text, since modbus-serial takes the number 0 for "none given" and listens on 502.
  const server = new ServerTCP(vector, {
    host: "127.0.0.1",
    port: String(port) as unknown as number,
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.on("initialized", () => resolve());
  server.on("serverError", (error) => reject(error ?? new Error("Modbus server failed")));
  server.on("socketError", () => {});
  server.on("error", () => {});
  await promise;
  return server;
}

function portOf(server: ServerTCP): number {
  const { _server } = server as unknown as { _server: Server };
  const address = _server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function reset(server: ServerTCP | undefined): void {
  for (const socket of socketsOf(server)) socket.resetAndDestroy();
}

async function stop(server: ServerTCP | undefined): Promise<void> {
  if (server === undefined) return;
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

function socketsOf(server: ServerTCP | undefined): Socket[] {
  return [...(server?.socks.keys() ?? [])];
}
