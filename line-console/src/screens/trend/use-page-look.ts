import { useEffect, useState } from "react";

/** Changes whenever the page's brand or mode does: a canvas has to be told. */
export function usePageLook(): string {
  const [look, setLook] = useState(lookOfPage);
  useEffect(() => {
    const observer = new MutationObserver(() => setLook(lookOfPage()));
    observer.observe(document.documentElement, {
      attributes: true,
      attributeFilter: ["data-mode", "data-brand"],
    });
    return () => observer.disconnect();
  }, []);
  return look;
}

function lookOfPage(): string {
  const { brand, mode } = document.documentElement.dataset;
  return `${brand} ${mode}`;
}
