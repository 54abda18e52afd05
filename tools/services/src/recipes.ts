import { mariadb } from "./mariadb.ts";
import type { Recipe, ServerKind } from "./recipe.ts";
import { redis } from "./redis.ts";
import { zookeeper } from "./zookeeper.ts";

/** How each kind of server is run. */
export const recipes: Readonly<Record<ServerKind, Recipe>> = { mysql: mariadb, redis, zookeeper };
