// The scenarios of docs/scenarios.md, played by zigbee-herdsman on the simulated stick.
// node scenarios.js NUMBER zstack|ember: one of them; prints what came of it.
// node scenarios.js RESULTS [--write] [NUMBER…]: all (or these) over both drivers, each in a process of its own; compares
// with the file RESULTS, or writes it.
"use strict";
const { execFile } = require("node:child_process");
const fs = require("node:fs");
const { played, notPlayed } = require("./played.js");

const AT_ONCE = Number(process.env.LOCKWRIGHT_AT_ONCE ?? 6);
const LIMIT = 900000;

async function one(number, adapter) {
	const result = await played[number](adapter);
	console.log(`RESULT ${result}`);
	process.exit(0);
}

function run(number, adapter) {
	return new Promise((resolve) => {
		execFile(process.execPath, [__filename, number, adapter], { timeout: LIMIT, killSignal: "SIGKILL", maxBuffer: 1 << 26 }, (error, out, err) => {
			const line = out.split("\n").find((text) => text.startsWith("RESULT "));
			if (process.env.LOCKWRIGHT_TEST_VERBOSE) process.stderr.write(err);
			resolve(line ? line.slice(7) : `did not end: ${(err || error?.message || "").split("\n")[0]}`);
		});
	});
}

function merge(zstack, ember) {
	return zstack === ember ? zstack : `zstack: ${zstack}; ember: ${ember}`;
}

async function all(numbers) {
	const tasks = numbers.flatMap((number) => ["zstack", "ember"].map((adapter) => ({ number, adapter })));
	const results = {};
	const worker = async () => {
		for (let task = tasks.shift(); task; task = tasks.shift()) {
			const result = await run(task.number, task.adapter);
			results[task.number] = { ...results[task.number], [task.adapter]: result };
			console.error(`${task.number} ${task.adapter}: ${result}`);
		}
	};
	await Promise.all(Array.from({ length: AT_ONCE }, worker));
	return Object.fromEntries(Object.entries(results).map(([number, { zstack, ember }]) => [number, merge(zstack, ember)]));
}

function read(file) {
	const lines = fs.existsSync(file) ? fs.readFileSync(file, "utf8").split("\n") : [];
	return Object.fromEntries(lines.filter((line) => line.includes("\t") && !line.startsWith("#")).map((line) => line.split("\t")));
}

function write(file, results) {
	const order = (number) => Number.parseInt(number, 10) + (number.match(/[a-z]/) ? (number.codePointAt(number.length - 1) - 96) / 10 : 0);
	const head = "# What zigbee-herdsman made of each scenario of docs/scenarios.md, as run-scenarios wrote it: number, tab, result.\n";
	fs.writeFileSync(file, head + Object.entries(results).sort(([a], [b]) => order(a) - order(b)).map(([number, text]) => `${number}\t${text}\n`).join(""));
}

async function main(file, options) {
	const numbers = options.filter((option) => option !== "--write");
	const known = read(file);
	const fresh = await all(numbers.length ? numbers.filter((number) => played[number]) : Object.keys(played));
	for (const [number, reason] of Object.entries(notPlayed)) fresh[number] = `not run: ${reason}`;
	if (options.includes("--write")) return write(file, { ...known, ...fresh });
	let failed = 0;
	for (const [number, result] of Object.entries(fresh)) {
		const same = known[number] === result;
		console.log(`${same ? "PASS" : "FAIL"} ${number}: ${result}${same ? "" : ` (was: ${known[number]})`}`);
		failed += !same;
	}
	console.log(`${Object.keys(fresh).length - failed} passed, ${failed} failed`);
	process.exit(failed ? 1 : 0);
}

const [first, ...rest] = process.argv.slice(2);
if (played[first]) one(first, rest[0]).catch((error) => (console.log(`RESULT broke: ${error.message}`), process.exit(0)));
else main(first, rest);
