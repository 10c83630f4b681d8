/**
 * What a member of a redundant gateway may do, as a table: SPEC.md beside it has the rules. A gateway
 * that is alone is always active.
 */
export const roles = [
  /** Warm: reads, records nothing. */
  "standby",
  /** Has the lease: records, and publishes as the present. */
  "active",
  /** [RE1] Its lease ran out, and no other holder was heard of: records, and publishes as history. */
  "unconfirmed",
] as const;

export type Role = (typeof roles)[number];

export const membershipEvents = [
  "granted",
  /** Another member has the lease. */
  "denied",
  /** The lease has run out without an answer. */
  "expired",
] as const;

export type MembershipEvent = (typeof membershipEvents)[number];

const table: Record<Role, Record<MembershipEvent, Role>> = {
  standby: { granted: "active", denied: "standby", expired: "standby" },
  active: { granted: "active", denied: "standby", expired: "unconfirmed" },
  unconfirmed: { granted: "active", denied: "standby", expired: "unconfirmed" },
};

export function nextRole(role: Role, event: MembershipEvent): Role {
  return table[role][event];
}
