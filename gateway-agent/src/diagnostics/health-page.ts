import type { DeviceStatus } from "../devices/device-figures.ts";
import type { GroupStatus } from "../devices/group-figures.ts";
import type { Role } from "../redundancy/membership.ts";
import { attentionOf, uplinkWords, type Attention } from "./attention.ts";
import { healthStyle } from "./health-style.ts";
import { html, trusted, type Html } from "./html.ts";
import { ago, bytes, compact, count, milliseconds, percent } from "./in-words.ts";
import type { GatewayStatus } from "./status.ts";

/** More devices than these are in `/status` only; those that need attention come first. */
const devicesMax = 200;
const refreshS = 5;

/**
 * `GET /`: how the gateway fares, for whoever stands before it. No script: it is fetched again every few
 * seconds, and says when it was made, so that an old picture is seen to be old.
 */
export function healthPage(status: GatewayStatus, nowMs: number): string {
  const attention = attentionOf(status);
  const worst = attention[0]?.level ?? "good";
  const { text } = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="refresh" content="${refreshS}" />
        <title>${titleOf(attention)} · ${status.gateway}</title>
        <style>
          ${trusted(healthStyle)}
        </style>
      </head>
      <body>
        <header class="${worst}">
          <p class="gateway">${status.gateway}</p>
          <h1>${titleOf(attention)}</h1>
          <p class="made">
            as of <time datetime="${isoTime(nowMs)}">${clockTime(nowMs)}</time> · refreshes every
            ${refreshS} s
          </p>
        </header>
        <main>
          ${attention.length === 0 ? html`` : attentionList(attention)} ${tiles(status)}
          ${devices(status, nowMs)}
        </main>
        <footer>
          <p>${mapWords(status)}</p>
          <p>
            <a href="/status">status</a> · <a href="/metrics">metrics</a> ·
            <a href="/commands">commands</a>
          </p>
        </footer>
      </body>
    </html> `;
  return text;
}

function titleOf(attention: readonly Attention[]): string {
  const [first, ...more] = attention;
  if (first === undefined) return "All is well";
  return more.length === 0 ? first.what : `${attention.length} things need attention`;
}

function tiles(status: GatewayStatus): Html {
  const { uplink, devices, held, outbox, delivery, redundancy } = status;
  const all = Object.values(devices);
  const answering = all.filter(({ connected }) => connected).length;
  const isOnline = uplink.state === "online";
  return html`<section class="tiles" aria-label="At a glance">
    ${tile("Uplink", uplinkWords[uplink.state], isOnline ? "good" : "bad", uplink.primaryHost ?? "any host")}
    ${redundancy === null ? html`` : tile("Of the pair", roleWords[redundancy.role], "plain", holderWords(redundancy))}
    ${tile("Devices", `${answering} of ${all.length}`, answering === all.length ? "good" : "bad", "answer")}
    ${tile("Completeness", completenessOf(all), "plain", "values that came, of those due")}
    ${tile("On disk", compact(held.samples), "plain", held.samples === 0 ? "samples wait" : `samples, ${bytes(outbox.heldBytes)}, oldest ${ago(outbox.heldAgeMs)}`)}
    ${tile("Delivered in", milliseconds(delivery.ageMs.p99), "plain", "99 of 100 samples, to the database")}
  </section>`;
}

const roleWords: Record<Role, string> = {
  active: "Active",
  unconfirmed: "Unconfirmed",
  standby: "Stands by",
};

function holderWords({ member, holder }: NonNullable<GatewayStatus["redundancy"]>): string {
  if (holder === null) return `${member}; nobody has the lease`;
  return holder === member ? `${member} has the lease` : `${member}; ${holder} has the lease`;
}

function tile(name: string, value: string, level: string, more: string): Html {
  return html`<div class="tile ${level}">
    <h2>${name}</h2>
    <p class="value">${value}</p>
    <p class="more">${more}</p>
  </div>`;
}

function completenessOf(devices: readonly DeviceStatus[]): string {
  const groups = devices.flatMap(({ groups }) => groups);
  const scheduled = groups.reduce((sum, group) => sum + group.scheduled, 0);
  const delivered = groups.reduce((sum, group) => sum + group.delivered, 0);
  return scheduled === 0 ? "–" : percent(delivered / scheduled);
}

function attentionList(attention: readonly Attention[]): Html {
  const items = attention
    .slice(0, devicesMax)
    .map(
      ({ level, what, detail }) =>
        html`<li class="${level}"><strong>${what}</strong><span>${detail}</span></li> `,
    );
  return html`<section aria-label="Needs attention">
    <h2>Needs attention</h2>
    <ul class="attention">
      ${items}
    </ul>
  </section>`;
}

function devices(status: GatewayStatus, nowMs: number): Html {
  const sorted = Object.entries(status.devices).sort(
    ([, a], [, b]) => Number(a.connected) - Number(b.connected),
  );
  const rows = sorted.slice(0, devicesMax).map(([id, device]) => deviceRow(id, device, nowMs));
  const left = sorted.length - rows.length;
  return html`<section aria-label="Devices">
    <h2>Devices</h2>
    <table>
      <thead>
        <tr>
          <th scope="col">Device</th>
          <th scope="col">State</th>
          <th scope="col">Last read</th>
          <th scope="col">Round trip</th>
          <th scope="col">Period</th>
          <th scope="col">Completeness</th>
          <th scope="col">Period kept</th>
          <th scope="col">Age</th>
          <th scope="col">Losses</th>
          <th scope="col">Exceptions</th>
        </tr>
      </thead>
      <tbody>
        ${rows}
      </tbody>
    </table>
    ${left > 0 ? html`<p>${left} more in <a href="/status">status</a></p>` : html``}
  </section>`;
}

function deviceRow(id: string, device: DeviceStatus, nowMs: number): Html {
  const { connected, lastReadAtMs, roundTripMs, losses, exceptions, groups } = device;
  const lastRead = lastReadAtMs === null ? "never" : ago(Math.max(0, nowMs - lastReadAtMs));
  const told = Object.entries(exceptions).map(([code, times]) => `${code}: ${count(times)}`);
  return html`<tr class="${connected ? "good" : "bad"}">
    <th scope="row">${id}</th>
    <td data-label="State"><span class="state">${connected ? "answers" : "away"}</span></td>
    <td data-label="Last read">${lastRead}</td>
    <td data-label="Round trip">
      <span class="line">
        ${milliseconds(roundTripMs.p50)}
        <small>${roundTripMs.p99 === null ? "" : `p99 ${milliseconds(roundTripMs.p99)}`}</small>
      </span>
    </td>
    <td data-label="Period">${perGroup(groups, ({ periodMs }) => ago(periodMs))}</td>
    <td data-label="Completeness">
      ${perGroup(groups, ({ completeness }) => share(completeness))}
    </td>
    <td data-label="Period kept">${perGroup(groups, ({ periodKept }) => share(periodKept))}</td>
    <td data-label="Age">
      ${perGroup(
        groups,
        ({ ageMs }) => milliseconds(ageMs.p50),
        ({ ageMs }) => (ageMs.p99 === null ? "" : `p99 ${milliseconds(ageMs.p99)}`),
      )}
    </td>
    <td data-label="Losses">${count(losses)}</td>
    <td data-label="Exceptions">${told.length === 0 ? "none" : told.join(", ")}</td>
  </tr> `;
}

/** One line for each period, so that those of a device stand beside each other. */
function perGroup(
  groups: readonly GroupStatus[],
  value: (group: GroupStatus) => string,
  more?: (group: GroupStatus) => string,
): Html {
  if (groups.length === 0) return html`–`;
  const lines = groups.map((group) => {
    const beside = more === undefined ? html`` : html` <small>${more(group)}</small>`;
    return html`<span class="line">${value(group)}${beside}</span>`;
  });
  return html`${lines}`;
}

function share(part: number | null): string {
  return part === null ? "–" : percent(part);
}

function mapWords({ map }: GatewayStatus): string {
  const origin = map.origin === "file" ? "device map from its file" : "device map as deployed";
  return map.revision === null ? origin : `${origin}, revision ${map.revision}`;
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

/** Seconds matter: it is how one sees that the page still lives. UTC, as the logs are. */
function clockTime(ms: number): string {
  return `${isoTime(ms).slice(0, 19).replace("T", " ")} UTC`;
}
