import {
  DataChangeNotification,
  EventNotificationList,
  StatusChangeNotification,
  type DataValue,
  type NotificationMessage,
  type Variant,
} from "node-opcua-client";

/** What a server says of one item: a value, or the fields of an event. */
export type ItemNews<Item> =
  | { readonly item: Item; readonly dataValue: DataValue }
  | { readonly item: Item; readonly eventFields: readonly Variant[] };

export type NotificationParts = readonly NonNullable<
  NotificationMessage["notificationData"]
>[number][];

/**
 * The news of one message for the items that are known; of others there is no telling whose they are.
 * Handles are the gateway's own: a server only repeats them.
 */
export function newsOf<Item>(
  parts: NotificationParts,
  items: ReadonlyMap<number, Item>,
): ItemNews<Item>[] {
  const news: ItemNews<Item>[] = [];
  for (const part of parts) {
    if (part instanceof DataChangeNotification) {
      for (const { clientHandle, value } of part.monitoredItems ?? []) {
        const item = items.get(clientHandle);
        if (item !== undefined) news.push({ item, dataValue: value });
      }
    } else if (part instanceof EventNotificationList) {
      for (const { clientHandle, eventFields } of part.events ?? []) {
        const item = items.get(clientHandle);
        if (item !== undefined) news.push({ item, eventFields: eventFields ?? [] });
      }
    }
  }
  return news;
}

/**
 * What the library itself may go on to handle: word that the subscription ends. It asserts that it knows
 * the item of every event, and would bring the process down over one that it does not.
 */
export function withoutNews(message: NotificationMessage): void {
  message.notificationData = (message.notificationData ?? []).filter(
    (part) => part instanceof StatusChangeNotification,
  );
}
