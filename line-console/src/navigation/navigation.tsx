import type { AnchorHTMLAttributes, MouseEvent, ReactNode } from "react";
import { useSyncExternalStore } from "react";
import type { Route } from "./route.ts";
import { keptSearch, pathOf, routeOf } from "./route.ts";

/** The screen that the address names; follows the browser's own back and forward. */
export function useRoute(): Route {
  const path = useSyncExternalStore(onAddress, () => location.pathname);
  return routeOf(path);
}

type Target = Exclude<Route, { screen: "notFound" }>;

interface LinkProps extends AnchorHTMLAttributes<HTMLAnchorElement> {
  to: Target;
  children: ReactNode;
}

/** A real link: it opens in a new tab, too, and keeps brand and mode. */
export function Link({ to, children, ...attributes }: LinkProps) {
  const href = pathOf(to) + keptSearch(location.search);
  return (
    <a {...attributes} href={href} onClick={(event) => follow(event, href)}>
      {children}
    </a>
  );
}

function follow(event: MouseEvent, href: string): void {
  const wantsOwnTab = event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0;
  if (wantsOwnTab || event.defaultPrevented) return;
  event.preventDefault();
  history.pushState(null, "", href);
  scrollTo(0, 0);
  for (const listener of listeners) listener();
  // Keyboard and screen reader go on where the new screen begins.
  document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true });
}

const listeners = new Set<() => void>();

function onAddress(listener: () => void): () => void {
  listeners.add(listener);
  addEventListener("popstate", listener);
  return () => {
    listeners.delete(listener);
    removeEventListener("popstate", listener);
  };
}
