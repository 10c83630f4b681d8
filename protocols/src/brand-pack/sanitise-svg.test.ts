import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sanitiseSvg, svgCharactersMax } from "./sanitise-svg.ts";

const open = '<svg xmlns="http://www.w3.org/2000/svg">';

function inside(content: string): string {
  return sanitiseSvg(`<svg>${content}</svg>`).svg.slice(open.length, -"</svg>".length);
}

/** Nothing, if it is refused. */
function cleanedOrNothing(text: string): string {
  try {
    return sanitiseSvg(text).svg;
  } catch (error) {
    if (error instanceof SyntaxError) return "";
    throw error;
  }
}

describe("an SVG", () => {
  it("stays as it is where all of it may be", () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8" role="img" aria-label="A &amp; B"><title>A &amp; B</title><defs><linearGradient id="g"><stop offset="0" stop-color="#fff"/></linearGradient></defs><path d="M0 0h8" fill="url(#g)"/><use href="#g"/></svg>';
    expect(sanitiseSvg(svg)).toEqual({ svg, removed: [] });
  });

  it.each([
    ["a script", "<script>alert(1)</script><g/>", "<g/>"],
    ["a script in a script", "<script><script>1</script></script>", ""],
    ["what is in a foreign object", "<foreignObject><g/><body/></foreignObject>", ""],
    ["a style", "<style>*{fill:url(http://evil)}</style>", ""],
    ["an image", '<image href="http://evil/x.png"/>', ""],
    ["an animation", '<animate attributeName="href" to="javascript:x"/>', ""],
    ["a link", '<a href="javascript:x"><g/></a>', ""],
    ["an element of another namespace", "<x:script>1</x:script>", ""],
    ["a comment", "<!-- <script> --><g/>", "<g/>"],
    ["an event", '<g onclick="x()" ONLOAD="y()"/>', "<g/>"],
    ["a style attribute", '<g style="background:url(//evil)"/>', "<g/>"],
    [
      "a pointer to elsewhere",
      '<use href="http://evil/#x"/><use xlink:href="#x"/>',
      "<use/><use/>",
    ],
    ["a pointer in a paint", '<g fill="url(http://evil)"/><g mask=" URL( //evil )"/>', "<g/><g/>"],
    ["a pointer in disguise", '<g fill="u\\rl(//evil)"/><g fill="&#117;rl(//evil)"/>', "<g/><g/>"],
    ["a script as data", '<use href="data:image/svg+xml,x"/>', "<use/>"],
  ])("loses %s", (_, content, left) => {
    expect(inside(content)).toBe(left);
  });

  it("says what it has lost", () => {
    const { removed } = sanitiseSvg('<svg><script/><g onclick="x"/></svg>');
    expect(removed).toEqual(["script", "g@onclick"]);
  });

  it("keeps text as text", () => {
    expect(inside("<text>&lt;script&gt; &#x41;</text>")).toBe("<text>&lt;script&gt; A</text>");
  });

  it.each([
    ["another document", "<html></html>", /<html> beside svg, at character 0/],
    ["two", "<svg/><svg/>", /<svg> beside svg/],
    ["none", "  ", /no svg element/],
    ["words around it", "hello <svg/>", /text outside/],
    ["an open element", "<svg><g></svg>", /<\/svg> closes nothing/],
    ["no end", "<svg><g/>", /<svg> is not closed/],
    ["a document type", '<!DOCTYPE svg [<!ENTITY x "y">]><svg/>', /a tag that cannot be read/],
    ["an entity of its own", "<svg><text>&x;</text></svg>", /&x; stands for no character/],
    ["a bare ampersand", "<svg><text>a & b</text></svg>", /stands for no character/],
    ["a NUL", "<svg><text>&#0;</text></svg>", /stands for no character/],
    ["CDATA", "<svg><![CDATA[<script/>]]></svg>", /a tag that cannot be read/],
    ["a processing instruction", "<svg><?php x ?></svg>", /a tag that cannot be read/],
    ["an attribute twice", '<svg id="a" id="b"/>', /id twice in <svg>/],
    ["an attribute without quotes", "<svg width=1/>", /a tag that cannot be read/],
    ["a comment without end", "<svg/><!-- ", /a comment that does not end/],
    ["elements too deep", `<svg>${"<g>".repeat(40)}</svg>`, /more than 32 deep/],
    ["elements too many", `<svg>${"<g/>".repeat(5_001)}</svg>`, /more than 5000 elements/],
    ["a size too large", "x".repeat(svgCharactersMax + 1), /characters, more than/],
  ])("is refused with %s", (_, text, message) => {
    expect(() => sanitiseSvg(text)).toThrow(message);
  });

  it("of any making holds nothing but what may be, and is the same when cleaned twice", () => {
    const word = fc.constantFrom(
      ...'<svg>|</svg>|<g>|</g>|<script>|</script>|<path d="M0"/>|<!--|-->|&lt;|&#x3c;|<a>|</a>|<|>|"|x'.split(
        "|",
      ),
      '<g onload="x"/>',
      '<use href="javascript:x"/>',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), (words) => {
        const cleaned = cleanedOrNothing(`<svg>${words.join("")}</svg>`);
        expect(cleaned).not.toMatch(/<script|<a[ >]|onload|javascript|<!--/);
        expect(cleanedOrNothing(cleaned)).toBe(cleaned);
      }),
      { numRuns: 2_000 },
    );
  });
});
