// PouchDB with express-pouchdb: a document for each event's record, replicated both ways.
// `node pouch.js FOLDER`

import { mkdirSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import express from "express";
import expressPouchDb from "express-pouchdb";
import PouchDB from "pouchdb";
import { events, serve, timed } from "./program.js";

const folder = process.argv[2];
mkdirSync(join(folder, "server"), { recursive: true });
const Served = PouchDB.defaults({ prefix: join(folder, "server/") });
const app = express();
app.use(
  "/db",
  expressPouchDb(Served, {
    mode: "minimumForPouchDB",
    inMemoryConfig: true,
    logPath: join(folder, "log.txt"),
  }),
);
const held = new Served("day");
const local = new PouchDB(join(folder, "device"));
let remote;

async function write(file) {
  for (const event of events(file)) {
    if (event.op === "put") {
      const { op, id, ...record } = event;
      await local.put({ _id: id, ...record });
    } else {
      const { _id, _rev, body, ...rest } = await local.get(event.id);
      await local.put({
        _id,
        _rev,
        ...rest,
        body: { ...body, ...event.set },
      });
    }
  }
}

async function documents(db) {
  const { rows } = await db.allDocs({ include_docs: true });
  return rows.map((row) => row.doc);
}

await serve({
  listen: () =>
    new Promise((resolve) => {
      const server = createServer(app);
      server.listen(0, "127.0.0.1", () => resolve({ port: server.address().port }));
    }),
  connect: ({ port }) => {
    remote = new PouchDB(`http://127.0.0.1:${port}/db/day`);
  },
  write: ({ file }) => timed(() => write(file)),
  exchange: () =>
    timed(async () => {
      await local.sync(remote);
    }),
  check: async () => {
    const [here, there] = await Promise.all([documents(local), documents(held)]);
    if (!isDeepStrictEqual(here, there)) {
      throw new Error("the server does not hold what the device holds");
    }
    return { documents: here.length };
  },
});
