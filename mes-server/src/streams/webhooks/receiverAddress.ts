import { BlockList, isIP } from "node:net";

/**
 * Plants are private networks, so private addresses and this machine are allowed. What is refused never is a
 * receiver: link-local addresses, among which cloud machines find their own credentials, and groups.
 */
const refused = new BlockList();
refused.addSubnet("169.254.0.0", 16, "ipv4");
refused.addSubnet("0.0.0.0", 8, "ipv4");
refused.addSubnet("224.0.0.0", 3, "ipv4");
refused.addAddress("100.100.100.200", "ipv4");
refused.addAddress("192.0.0.192", "ipv4");
refused.addSubnet("fe80::", 10, "ipv6");
refused.addSubnet("ff00::", 8, "ipv6");
refused.addAddress("::", "ipv6");
refused.addSubnet("64:ff9b::a9fe:0", 112, "ipv6");
refused.addAddress("fd00:ec2::254", "ipv6");
refused.addAddress("fd20:ce::254", "ipv6");

const urlCharsMax = 2_000;

/** Why a URL cannot be a receiver's; `undefined` if it can, as far as its text tells. */
export function problemOfUrl(text: string): string | undefined {
  if (text.length > urlCharsMax || !URL.canParse(text)) return "It is not a URL.";
  const url = new URL(text);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return "Its scheme is neither http nor https.";
  }
  if (url.username !== "" || url.password !== "") {
    return "It holds a user or a password: a receiver knows the server by its signature.";
  }
  if (url.hash !== "") return "It has a fragment, which is not sent.";
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return isIP(host) !== 0 && isRefusedAddress(host) ? problemOfAddress(host) : undefined;
}

export function problemOfAddress(address: string): string {
  return `${address} is a link-local, metadata, group or unspecified address.`;
}

/** IPv4 addresses that are written as IPv6 ones count as what they are: the list sees through that. */
export function isRefusedAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  const [bare = ""] = address.split("%");
  return refused.check(bare, family === 4 ? "ipv4" : "ipv6");
}
