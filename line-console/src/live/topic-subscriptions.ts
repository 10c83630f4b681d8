import type { SubscribeAnswer, SubscribeRequest, Topic } from "@only-mes/protocols/console/live";
import type { StoreApi } from "zustand/vanilla";
import type { LiveSocket } from "./link.ts";
import type { Picture } from "./picture.ts";
import { applyAnswer } from "./topic-picture.ts";

interface Subscription {
  holders: number;
  /** The request that is under way; an answer to an older one is ignored. */
  request: number | null;
  refusals: number;
  lingering?: ReturnType<typeof setTimeout>;
  retrying?: ReturnType<typeof setTimeout>;
}

export interface TopicSubscriptionsOptions {
  store: StoreApi<Picture>;
  lingerMs: number;
  answerTimeoutMs: number;
  /** The socket, if it is connected. */
  socket: () => LiveSocket | null;
  heard: (serverTimeMs: number) => void;
  /** Called whenever no answer is outstanding any more. */
  allAnswered: () => void;
}

/** A refused topic, such as a line that is not born yet, is asked for again after so long. */
const retryRefusedTopicMs = 2_000;

/** A server that has just started may not know its lines yet: what was there is asked for so often. */
const refusalsOfKnownMax = 5;

/** Which topics are wanted, and what is outstanding of them. */
export function topicSubscriptions(options: TopicSubscriptionsOptions) {
  const { store } = options;
  const subscriptions = new Map<Topic, Subscription>();
  let requests = 0;

  function want(topic: Topic): () => void {
    const subscription = subscriptions.get(topic) ?? { holders: 0, request: null, refusals: 0 };
    const isNew = !subscriptions.has(topic);
    subscriptions.set(topic, subscription);
    clearTimeout(subscription.lingering);
    subscription.holders += 1;
    if (isNew) ask(topic);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      subscription.holders -= 1;
      if (subscription.holders > 0) return;
      subscription.lingering = setTimeout(() => drop(topic), options.lingerMs);
    };
  }

  function ask(topic: Topic, fromScratch = false): void {
    const subscription = subscriptions.get(topic);
    const socket = options.socket();
    if (subscription === undefined || socket === null) return;
    clearTimeout(subscription.retrying);
    requests += 1;
    const request = requests;
    subscription.request = request;
    const known = fromScratch ? undefined : store.getState().topics[topic];
    const body: SubscribeRequest =
      known === undefined ? { topic } : { topic, epoch: known.epoch, seq: known.seq };
    socket
      .timeout(options.answerTimeoutMs)
      .emit("subscribe", body, (late: Error | null, answer: SubscribeAnswer) => {
        if (subscriptions.get(topic)?.request !== request) return;
        if (late === null) take(topic, subscription, answer);
        else ask(topic);
      });
  }

  function take(topic: Topic, subscription: Subscription, answer: SubscribeAnswer): void {
    if (answer.kind === "refused") {
      refuse(topic, subscription, answer);
      return;
    }
    const { topics, refusedTopics } = store.getState();
    const step = applyAnswer(topics[topic], answer);
    if (step.kind === "gap") {
      ask(topic, true);
      return;
    }
    subscription.request = null;
    subscription.refusals = 0;
    if (step.kind === "applied") {
      store.setState({
        topics: { ...topics, [topic]: step.picture },
        refusedTopics: without(refusedTopics, topic),
      });
    }
    options.heard(answer.serverTimeMs);
    settle();
  }

  function refuse(
    topic: Topic,
    subscription: Subscription,
    { code, message }: { code: string; message: string },
  ): void {
    const { topics, refusedTopics } = store.getState();
    subscription.retrying = setTimeout(() => ask(topic), retryRefusedTopicMs);
    subscription.refusals += 1;
    // Its picture stays, and stays the past: the link is not live as long as this is outstanding.
    if (topic in topics && subscription.refusals < refusalsOfKnownMax) return;
    subscription.request = null;
    store.setState({
      topics: without(topics, topic),
      refusedTopics: { ...refusedTopics, [topic]: { code, message } },
    });
    settle();
  }

  function settle(): void {
    for (const { request } of subscriptions.values()) if (request !== null) return;
    options.allAnswered();
  }

  function drop(topic: Topic): void {
    const subscription = subscriptions.get(topic);
    if (subscription === undefined) return;
    forgetTimers(subscription);
    subscriptions.delete(topic);
    options.socket()?.emit("unsubscribe", topic);
    const { topics, refusedTopics } = store.getState();
    store.setState({
      topics: without(topics, topic),
      refusedTopics: without(refusedTopics, topic),
    });
    settle();
  }

  return {
    want,
    settle,
    subscribeAll(): void {
      for (const topic of subscriptions.keys()) ask(topic);
      settle();
    },
    /** After a gap; the answer may be under way already. */
    resubscribe(topic: Topic): void {
      if (subscriptions.get(topic)?.request === null) ask(topic);
    },
    disconnected(): void {
      for (const subscription of subscriptions.values()) {
        subscription.request = null;
        subscription.refusals = 0;
        clearTimeout(subscription.retrying);
      }
    },
    stop(): void {
      for (const subscription of subscriptions.values()) forgetTimers(subscription);
    },
  };
}

function forgetTimers(subscription: Subscription): void {
  clearTimeout(subscription.lingering);
  clearTimeout(subscription.retrying);
}

function without<Entry>(
  entries: Readonly<Record<string, Entry>>,
  key: string,
): Readonly<Record<string, Entry>> {
  if (!(key in entries)) return entries;
  const { [key]: _dropped, ...rest } = entries;
  return rest;
}
