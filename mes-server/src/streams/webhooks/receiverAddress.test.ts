import { describe, expect, test } from "vitest";
import { isRefusedAddress, problemOfUrl } from "./receiverAddress.ts";

describe("the address of a receiver", () => {
  test.each([
    "http://erp.plant.example/hooks?from=mes",
    "https://10.1.2.3:8443/hooks",
    "http://192.168.0.4/",
    "http://127.0.0.1:9000",
    "http://[fd12::1]/",
  ])("may be %s", (url) => {
    expect(problemOfUrl(url)).toBeUndefined();
  });

  test.each([
    ["erp", "not a URL"],
    [`http://erp/${"x".repeat(2_000)}`, "not a URL"],
    ["ftp://erp/", "neither http nor https"],
    ["file:///etc/passwd", "neither http nor https"],
    ["http://user:secret@erp/", "a user or a password"],
    ["http://erp/#part", "fragment"],
    ["http://169.254.169.254/latest/meta-data", "link-local"],
    ["http://2852039166/", "169.254.169.254"],
    ["http://0xa9fea9fe/", "169.254.169.254"],
    ["http://0.0.0.0/", "unspecified"],
    ["http://[::ffff:169.254.169.254]/", "link-local"],
    ["http://[64:ff9b::a9fe:a9fe]/", "link-local"],
    ["http://[fe80::1]/", "link-local"],
    ["http://[fd00:ec2::254]/", "metadata"],
    ["http://239.0.0.1/", "group"],
    ["http://255.255.255.255/", "group"],
  ])("may not be %s", (url, problem) => {
    expect(problemOfUrl(url)).toContain(problem);
  });

  test("is looked at with its zone, and is refused if it is none", () => {
    expect(isRefusedAddress("fe80::1%eth0")).toBe(true);
    expect(isRefusedAddress("erp")).toBe(true);
  });
});
