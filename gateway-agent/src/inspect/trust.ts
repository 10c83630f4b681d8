import {
  listCertificates,
  pkiFolderOf,
  rejectCertificate,
  trustCertificate,
  TrustStoreError,
  type StoredCertificate,
} from "../drivers/opcua/trust-store.ts";
import { CallError, meant, type Command, type Outcome } from "./command.ts";
import { formatTable } from "./table.ts";

const actions = ["list", "add", "reject"] as const;

export const trust: Command = {
  summary: "Lists the certificates of OPC UA servers, trusts one, or rejects it again.",
  takes: "list, or add <thumbprint>, or reject <thumbprint>",
  argumentsMin: 1,
  argumentsMax: 2,
  options: {
    "data-dir": { value: "<folder>", help: "the gateway's (.data/gateway)" },
  },
  notes: `A server that the gateway does not know is refused, and its certificate kept until a person has
judged it: compare the thumbprint with the one that the server itself shows, then add it. The gateway
connects at its next attempt, within seconds. The first digits of a thumbprint are enough.`,
  examples: ["trust list", "trust add 4f1c02", "trust reject 4f1c02 --data-dir /var/lib/only-mes"],
  async run(call) {
    const [action = "", thumbprint, ...more] = call.args;
    const folder = pkiFolderOf(call.text("data-dir") ?? ".data/gateway");
    const asJson = call.flag("json");
    const wrong = `trust takes ${trust.takes}.`;
    if ((action === "list") !== (thumbprint === undefined) || more.length > 0) {
      throw new CallError(`${wrong}${meant(action, actions)}`);
    }
    switch (action) {
      case "list":
        return listed(await listCertificates(folder), folder, asJson);
      case "add":
        return await done(trustCertificate(folder, thumbprint ?? ""), asJson);
      case "reject":
        return await done(rejectCertificate(folder, thumbprint ?? ""), asJson);
      default:
        throw new CallError(`${wrong}${meant(action, actions)}`);
    }
  },
};

function listed(
  certificates: readonly StoredCertificate[],
  folder: string,
  asJson: boolean,
): Outcome {
  if (asJson) return { output: `${JSON.stringify({ folder, certificates })}\n`, exitCode: 0 };
  if (certificates.length === 0) {
    return { output: `No server has shown a certificate yet (${folder}).\n`, exitCode: 0 };
  }
  const day = (ms: number) => new Date(ms).toISOString().slice(0, 10);
  const rows = certificates.map((one) => [
    one.isTrusted ? "trusted" : "rejected",
    one.thumbprint,
    one.subject,
    one.hosts.join(" "),
    `${day(one.validFromMs)} to ${day(one.validUntilMs)}`,
  ]);
  const table = formatTable(["", "thumbprint", "subject", "hosts", "valid"], rows);
  return { output: `${table}\n`, exitCode: 0 };
}

async function done(change: Promise<StoredCertificate>, asJson: boolean): Promise<Outcome> {
  try {
    const certificate = await change;
    const verb = certificate.isTrusted ? "is trusted now" : "is rejected now";
    const text = `${certificate.subject} (${certificate.thumbprint}) ${verb}.`;
    return { output: `${asJson ? JSON.stringify(certificate) : text}\n`, exitCode: 0 };
  } catch (error) {
    if (error instanceof TrustStoreError) return { output: `${error.message}.\n`, exitCode: 1 };
    throw error;
  }
}
