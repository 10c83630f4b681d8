/**
 * The health page's look: large enough for three metres, one column on a phone, and both colour
 * schemes. Colours are never alone: each state is also a word and a shape.
 */
export const healthStyle = `
:root {
  --ground: #f4f6f8; --raised: #ffffff; --ink: #14202b; --quiet: #4a5a68; --rule: #cfd8df;
  --good: #0b6b3a; --bad: #b3201a; --warning: #8a5200;
  --good-ground: #0b6b3a; --bad-ground: #b3201a; --warning-ground: #8a5200; --on-ground: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #10171d; --raised: #1a242d; --ink: #eef3f6; --quiet: #a9b8c4; --rule: #33424e;
    --good: #57d08f; --bad: #ff8a80; --warning: #ffc14d;
    --good-ground: #0d5c34; --bad-ground: #a51d18; --warning-ground: #7a4900;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: clamp(1.0625rem, 1.15vw, 1.5rem)/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; }
header { color: var(--on-ground); padding: clamp(1rem, 2.5vw, 2.5rem) clamp(1rem, 4vw, 4rem); }
header.good { background: var(--good-ground); }
header.bad { background: var(--bad-ground); }
header.warning { background: var(--warning-ground); }
header p { margin: 0; font-size: clamp(1rem, 1.4vw, 1.5rem); }
h1 { margin: .1em 0; font-size: clamp(2rem, 5.5vw, 5.5rem); line-height: 1.1; text-wrap: balance; }
main { padding: clamp(1rem, 2.5vw, 2.5rem) clamp(1rem, 4vw, 4rem) 0; }
section { margin-bottom: clamp(1.5rem, 3vw, 3rem); }
h2 { margin: 0 0 .5rem; font-size: clamp(1.1rem, 1.5vw, 1.6rem); }
.tiles { display: grid; gap: clamp(.75rem, 1.2vw, 1.5rem);
  grid-template-columns: repeat(auto-fit, minmax(min(11rem, 100%), 1fr)); }
.tile { background: var(--raised); border: 1px solid var(--rule); border-left: .5rem solid var(--rule);
  border-radius: .5rem; padding: clamp(.75rem, 1.2vw, 1.5rem); }
.tile.good { border-left-color: var(--good); }
.tile.bad { border-left-color: var(--bad); }
.tile h2 { margin: 0; color: var(--quiet); font-weight: 600; }
.tile .value { margin: .1em 0; font-size: clamp(1.9rem, 2.9vw, 3.5rem); font-weight: 700; line-height: 1.15; }
.tile.good .value { color: var(--good); }
.tile.bad .value { color: var(--bad); }
.tile .more { margin: 0; color: var(--quiet); }
.attention { list-style: none; margin: 0; padding: 0; display: grid; gap: .6rem; }
.attention li { background: var(--raised); border: 1px solid var(--rule); border-left: .5rem solid var(--warning);
  border-radius: .5rem; padding: .7rem 1rem; }
.attention li.bad { border-left-color: var(--bad); }
.attention strong { display: block; font-size: clamp(1.15rem, 1.7vw, 1.9rem); }
.attention li.bad strong { color: var(--bad); }
.attention li.warning strong { color: var(--warning); }
.attention li, h1, th { overflow-wrap: anywhere; }
thead th { overflow-wrap: normal; }
.attention span { color: var(--quiet); }
table { width: 100%; border-collapse: collapse; background: var(--raised); border: 1px solid var(--rule);
  font-size: clamp(1.0625rem, 1.25vw, 1.4rem); }
th, td { text-align: left; vertical-align: top; padding: .55em .75em; border-top: 1px solid var(--rule); }
thead th { border-top: 0; color: var(--quiet); font-weight: 600; }
small { color: var(--quiet); font-size: .85em; white-space: nowrap; }
.line { display: block; white-space: nowrap; }
thead th { white-space: nowrap; }
.state { font-weight: 700; white-space: nowrap; }
.good .state { color: var(--good); }
.bad .state { color: var(--bad); }
.good .state::before { content: "● "; }
.bad .state::before { content: "▲ "; }
footer { padding: 0 clamp(1rem, 4vw, 4rem) 2rem; color: var(--quiet); }
footer p { margin: .2rem 0; }
a { color: inherit; }
@media (max-width: 90rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  table, tr, th, td { display: block; border: 0; }
  table { background: none; }
  tbody { display: grid; gap: .75rem; grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
  tr { background: var(--raised); border: 1px solid var(--rule); border-left: .5rem solid var(--good); border-radius: .5rem; padding: .6rem 1rem; }
  tr.bad { border-left-color: var(--bad); }
  th, td { padding: .15rem 0; }
  tbody th { font-size: 1.2em; }
  td { display: grid; grid-template-columns: minmax(6.5rem, 2fr) minmax(0, 3fr); gap: .75rem; }
  .line, .state, small { white-space: normal; }
  td::before { content: attr(data-label); color: var(--quiet); }
  td > * { grid-column: 2; }
}
`;
