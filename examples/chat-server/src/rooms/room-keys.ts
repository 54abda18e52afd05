/** Names in Redis. The id of a room is a hash tag, so that what belongs to a room lies in one slot of a cluster. */

export const streamKey = (roomId: string): string => `room:{${roomId}}`;
export const counterKey = (roomId: string): string => `seq:{${roomId}}`;
export const nonceKey = (roomId: string, userId: number, nonce: string): string =>
  `nonce:{${roomId}}:${userId}:${nonce}`;
export const roomChannel = (roomId: string): string => `room:{${roomId}}`;
export const deletedKey = (roomId: string): string => `deleted:{${roomId}}`;
export const readKey = (userId: number): string => `read:${userId}`;
export const userChannel = (userId: number): string => `user:${userId}`;
export const typingChannel = (roomId: string): string => `rt:{${roomId}}`;
export const roomAiKey = (roomId: string): string => `room-ai:{${roomId}}`;
/** The users of an instance who are online. */
export const presenceKey = (instanceId: string): string => `presence:${instanceId}`;
export const INSTANCES_KEY = "presence:instances";
export const PRESENCE_CHANNEL = "presence";
