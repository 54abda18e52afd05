import type { Logger } from "@servertech/core";
import type { RedisPool, Subscription } from "@servertech/redis-pool";
import { userChannel } from "../rooms/room-keys.ts";

/** What instances tell each other about a user, on the channel `user:<id>`. */
export type Notice =
  /** A session ended; `session` is the hash of its id. */
  | { readonly type: "sessionEnded"; readonly session: string; readonly code: number }
  | { readonly type: "readState"; readonly roomId: string; readonly readId: string; readonly unread: number }
  | {
      readonly type: "roomJoined";
      readonly room: { readonly id: string; readonly name: string; readonly kind: string };
    }
  | { readonly type: "roomLeft"; readonly roomId: string }
  /** A generation began on the instance `from`. */
  | {
      readonly type: "aiStarted";
      readonly from: string;
      readonly conversationId: string;
      readonly messageId: string;
      readonly generationId: string;
    }
  | {
      readonly type: "aiConversationChanged";
      readonly id: string;
      readonly title?: string;
      readonly deleted?: boolean;
    };

/** A socket as the hub sees it. */
export interface HubMember {
  readonly userId: number;
  onNotice(notice: Notice): void;
}

interface UserEntry {
  readonly members: Set<HubMember>;
  readonly subscribed: Promise<Subscription>;
}

/** The sockets of this instance by user, and the notices for them from all instances. */
export class UserHub {
  readonly #redis: RedisPool;
  readonly #logger: Logger;
  readonly #users = new Map<number, UserEntry>();

  constructor(redis: RedisPool, logger: Logger) {
    this.#redis = redis;
    this.#logger = logger;
  }

  membersOf(userId: number): ReadonlySet<HubMember> {
    return this.#users.get(userId)?.members ?? new Set();
  }

  /** From the moment this resolves the member hears its user's notices. */
  async join(member: HubMember): Promise<void> {
    const { userId } = member;
    let entry = this.#users.get(userId);
    if (entry === undefined) {
      const members = new Set<HubMember>();
      const subscribed = this.#redis.subscribe(userChannel(userId), (text) => {
        const notice = JSON.parse(text) as Notice;
        for (const each of members) each.onNotice(notice);
      });
      entry = { members, subscribed };
      this.#users.set(userId, entry);
    }
    entry.members.add(member);
    try {
      await entry.subscribed;
    } catch (error) {
      this.leave(member);
      throw error;
    }
  }

  leave(member: HubMember): void {
    const entry = this.#users.get(member.userId);
    if (entry === undefined || !entry.members.delete(member) || entry.members.size > 0) return;
    this.#users.delete(member.userId);
    entry.subscribed
      .then((subscription) => subscription.close())
      .catch((error: unknown) => this.#logger.debug({ err: error }, "cannot unsubscribe from a user's notices"));
  }

  /** Tells every instance, this one included. */
  async publish(userId: number, notice: Notice): Promise<void> {
    await this.#redis.commands.publish(userChannel(userId), JSON.stringify(notice));
  }
}
