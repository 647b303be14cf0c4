// Asks a server what there is to be asked about, the busiest agents first and the newest fixes, and asks for each of it once, so that the cache is warm.
'use strict';
const fs = require('fs');

const [server, authorization] = [process.env.WITAN_LOAD_TARGET + '/api/agent-intelligence', `Bearer ${process.env.WITAN_KEY}`];

async function ask(path) {
  const answer = await fetch(server + path, { headers: { authorization, 'accept-encoding': 'gzip' } });
  if (!answer.ok) throw new Error(`${path} was answered with ${answer.status}`);
  return answer.json();
}

async function prepare() {
  const agents = (await ask('/agents?limit=200')).agents.sort((a, b) => b.overall.n - a.overall.n).map((agent) => agent.id);
  const fixes = (await ask('/auto-fixes?limit=200')).autoFixes.map((fix) => fix.id);
  fs.writeFileSync(process.env.WITAN_LOAD_DATA, JSON.stringify({ agents, fixes }));
  for (const path of require('./mix.js').targets()) await ask(path);
}

prepare().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
