// automerge-repo over a WebSocket: a document for each patient, with all that was recorded of them.
// `node automerge.js FOLDER`

import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Repo } from "@automerge/automerge-repo";
import { WebSocketClientAdapter, WebSocketServerAdapter } from "@automerge/automerge-repo-network-websocket";
import { NodeFSStorageAdapter } from "@automerge/automerge-repo-storage-nodefs";
import { WebSocketServer } from "ws";
import { events, serve, timed } from "./program.js";

const folder = process.argv[2];
/** Longer than any exchange over the bad link, in this program's favour. */
const KEEPALIVE_MS = 600_000;

const server = createServer();
const sockets = new WebSocketServer({ server });
const held = new Repo({
  network: [new WebSocketServerAdapter(sockets, KEEPALIVE_MS)],
  storage: new NodeFSStorageAdapter(join(folder, "server")),
});
const storage = new NodeFSStorageAdapter(join(folder, "device"));
/** The documents by patient: URL; and the handles that are open now. */
const urls = new Map();
let open = new Map();
let port;
let local = fresh();

/** The device's program started anew: it shares what it opens. */
function fresh() {
  open = new Map();
  return new Repo({ network: [], storage });
}

async function handle(patient) {
  if (!open.has(patient)) {
    const url = urls.get(patient);
    const found = url ? await local.find(url) : local.create({ records: {} });
    urls.set(patient, found.url);
    open.set(patient, found);
  }
  return open.get(patient);
}

async function write(file) {
  for (const event of events(file)) {
    const { op, id, set, ...record } = event;
    const chart = await handle(event.patient ?? id);
    chart.change((doc) => {
      if (op === "put") {
        doc.records[id] = record;
      } else {
        Object.assign(doc.records[id].body, set);
      }
    });
  }
  await local.flush();
}

/** True when the server's copy of a document has the device's heads. */
function arrived(chart) {
  const copy = held.handles[chart.documentId];
  return copy?.isReady() && copy.heads().join() === chart.heads().join();
}

async function exchange() {
  const adapter = new WebSocketClientAdapter(`ws://127.0.0.1:${port}`);
  local.networkSubsystem.addNetworkAdapter(adapter);
  await local.networkSubsystem.whenReady();
  let missing = [...open.values()];
  while ((missing = missing.filter((chart) => !arrived(chart))).length > 0) await setTimeout(5);
  return { documents: open.size };
}

await serve({
  listen: () =>
    new Promise((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve({ port: server.address().port }));
    }),
  connect: (given) => {
    port = given.port;
  },
  write: ({ file }) => timed(() => write(file)),
  exchange: () => timed(exchange),
  /** Ends the device's program and starts it again, with nothing or with everything opened. */
  restart: async ({ everything }) => {
    await local.shutdown();
    local = fresh();
    if (everything) for (const patient of urls.keys()) await handle(patient);
  },
  check: async () => {
    for (const [patient, chart] of open) {
      const copy = held.handles[chart.documentId];
      if (!isDeepStrictEqual(copy.doc(), chart.doc())) {
        throw new Error(`the server does not hold ${patient} as the device does`);
      }
    }
    return { documents: open.size };
  },
});
