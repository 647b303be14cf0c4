// Reads a report of Artillery and the samples of the server, prints the figures, and fails when a promise is not kept.
// Usage: node check.js REPORT SAMPLES SCENARIO
'use strict';
const fs = require('fs');

const [report, samples, scenario] = process.argv.slice(2);
const { counters, summaries } = JSON.parse(fs.readFileSync(report, 'utf8')).aggregate;
const times = summaries['http.response_time'] || {};
const codes = Object.entries(counters).filter(([name]) => name.startsWith('http.codes.')).map(([name, count]) => [name.slice(11), count]);
const bad = codes.filter(([code]) => !code.startsWith('2')).reduce((sum, [, count]) => sum + count, 0);
const broken = Object.entries(counters).filter(([name]) => name.startsWith('errors.')).reduce((sum, [, count]) => sum + count, 0);

const rows = fs.readFileSync(samples, 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number)); // seconds, KB resident, handles, threads
const warm = rows.slice(Math.floor(rows.length / 3));
const slope = (column) => {
  const mean = (pick) => warm.reduce((sum, row) => sum + pick(row), 0) / warm.length;
  const [mt, mv] = [mean((row) => row[0]), mean((row) => row[column])];
  const over = warm.reduce((sum, row) => sum + (row[0] - mt) ** 2, 0);
  return over === 0 ? 0 : warm.reduce((sum, row) => sum + (row[0] - mt) * (row[column] - mv), 0) / over * 3600;
};
const last = rows[rows.length - 1];
console.log(`${scenario}: ${counters['http.requests']} requests, answers ${codes.map(([code, count]) => `${code}: ${count}`).join(', ')}, errors ${broken}`);
console.log(`  ms: p50 ${times.p50}, p95 ${times.p95}, p99 ${times.p99}, longest ${times.max}`);
console.log(`  server after it: ${(last[1] / 1024).toFixed(0)} MB resident (slope ${(slope(1) / 1024).toFixed(1)} MB an hour after a third of the time), ${last[2]} handles, ${last[3]} threads`);

const broke = [];
if (bad + broken > 0) broke.push(`${bad + broken} requests failed`);
if (!(times.p99 < 200)) broke.push(`p99 is ${times.p99} ms; promised are less than 200`);
if (scenario === 'soak' && last[0] - rows[0][0] >= 1200) {
  if (slope(1) / 1024 >= 2) broke.push('resident memory grows by 2 MB an hour or more');
  if (Math.abs(slope(2)) > 10) broke.push('the number of handles is not flat');
}
broke.forEach((line) => console.error(`NOT KEPT: ${line}`));
process.exit(broke.length === 0 ? 0 : 1);
