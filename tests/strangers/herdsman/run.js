// zigbee-herdsman, the driver of Zigbee2MQTT, on the simulated sticks: if it starts, interviews a
// lock and updates it, the simulator behaves like the sticks that its users have. Its driver of the
// family ZNP is called "zstack", that of EZSP 13 and newer "ember".
// node run.js IMAGE; the package directory is NODE_PATH.
// node run.js IMAGE FIGURES POLL: only the update, of a lock that polls every POLL ms; its turnarounds and the lock's
// counts go to the file FIGURES.
"use strict";
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { Controller, setLogger } = require("zigbee-herdsman");
const { Stick } = require("./stick.js");

const NETWORK = { panID: 0x4402, extendedPanID: [0xa2, 0xba, 0x38, 0xa8, 0xb5, 0xe6, 0x83, 0xa0], channelList: [15], networkKey: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16] };
// The driver "ember" has the extended PAN id in the order of the air.
const NETWORKS = { zstack: NETWORK, ember: { ...NETWORK, extendedPanID: [...NETWORK.extendedPanID].reverse() } };
const EZSP_VERSIONS = ["13", "19"];
const imageFile = path.resolve(process.argv[2]);
const figuresFile = process.argv[3];
const shortPoll = Number(process.argv[4] ?? 30);
const ezspVersion = process.argv[5]; // with a figures file: this stick instead of a ZNP one
const image = fs.readFileSync(imageFile);
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), "lockwright-herdsman-"));
const quiet = () => {};
const loud = process.env.LOCKWRIGHT_TEST_VERBOSE ? (text) => console.error(typeof text === "function" ? text() : text) : quiet;
setLogger({ debug: loud, info: loud, warning: loud, error: loud });
let passed = 0;
let failed = 0;

function check(what, good) {
	console.log(`${good ? "PASS" : "FAIL"} ${what}`);
	if (good) passed++;
	else failed++;
}

function controller(stickPath, network, adapter) {
	const directory = fs.mkdtempSync(path.join(temporary, "controller-"));
	return new Controller({
		network: { networkKeyDistribute: false, ...network },
		serialPort: { path: stickPath, adapter },
		databasePath: path.join(directory, "database.db"),
		databaseBackupPath: path.join(directory, "database.db.backup"),
		backupPath: path.join(directory, "backup.json"),
		adapter: { disableLED: true },
		acceptJoiningDeviceHandler: async () => true,
	});
}

async function startsOn(name, adapter, args, forbidden) {
	const stick = await Stick.start(args);
	const host = controller(stick.path, NETWORKS[adapter], adapter);
	try {
		const before = await stick.stats();
		const result = await host.start();
		const parameters = await host.getNetworkParameters();
		check(`${name}: ${result}, channel ${parameters.channel}`, result === "resumed" && parameters.channel === 15);
		const stats = await stick.stats();
		check(`${name}: formed no network, sent ${stats.forbidden} commands that change the stick`, !stats.formed_alarm && stats.forbidden === forbidden);
		if (adapter === "ember") {
			check(`${name}: wrote nothing`, stats.nv_digest === before.nv_digest);
			check(`${name}: one command at a time`, stats.pipelined === 0 && stats.gave_up === 0);
		}
		await host.stop();
	} catch (error) {
		check(`${name}: start failed: ${error.message}`, false);
	}
	await stick.stop();
}

async function interviewed(host, stick) {
	const done = new Promise((resolve, reject) => {
		host.on("deviceInterview", (event) => {
			if (event.status === "successful") resolve(event.device);
			if (event.status === "failed") reject(new Error("interview failed"));
		});
	});
	await stick.command("rejoin 0 0x3A5C");
	return done;
}

function lockArguments() {
	const version = image.readUInt32LE(14);
	return `client=silabs,mfr=${image.readUInt16LE(10)},type=${image.readUInt16LE(12)},version=${version - 1},reboot_ms=1500,short_poll=${shortPoll}`;
}

// Radio timing on: herdsman loses a request that comes in the same millisecond as the confirm.
async function updates(adapter, args) {
	const stick = await Stick.start(["--tcp", "0", "--radio-timing", "--lock", lockArguments(), ...args]);
	const host = controller(stick.path, NETWORKS[adapter], adapter);
	const version = image.readUInt32LE(14);
	await host.start();
	const device = await interviewed(host, stick);
	check(`interview: ${device.manufacturerName} ${device.modelID}`, device.modelID === "V3-BTZBE" && device.manufacturerName === "Danalock");
	check("interview: endpoint 1 is an OTA client", device.getEndpoint(1).supportsOutputCluster("genOta"));
	const [, to] = await device.updateOta({ url: imageFile }, undefined, undefined, {}, () => {}, { requestTimeout: 30000, responseDelay: 0, baseSize: 50 });
	check("updateOta succeeded", to?.fileVersion === version);
	const copy = path.join(temporary, "received");
	check("simulator hands the image out", (await stick.command(`received 0 ${copy}`)) === "ok");
	check("the lock has every byte", fs.readFileSync(copy).equals(image.subarray(0, image.readUInt32LE(52))));
	const stats = await stick.stats();
	check("the lock runs the new version", stats.locks[0].version === version);
	check("no network was formed", !stats.formed_alarm && stats.pipelined === 0);
	if (figuresFile) fs.writeFileSync(figuresFile, JSON.stringify({ turnarounds: JSON.parse(await stick.command("turnarounds")).map(([, took]) => took), lock: stats.locks[0] }));
	await host.stop();
	await stick.stop();
}

// The alarm has to work: herdsman forms a network when the stick's is not the configured one.
async function alarmFires(adapter, args) {
	const stick = await Stick.start(["--tcp", "0", ...args]);
	const host = controller(stick.path, { ...NETWORKS[adapter], panID: 0x4403 }, adapter);
	await host.start().catch(() => {});
	const stats = await stick.stats();
	check("wrong PAN: the alarm for forming a network fires", stats.formed_alarm);
	check(`wrong PAN: forbidden commands are counted (${stats.forbidden})`, stats.forbidden > 2);
	await host.stop().catch(() => {});
	await stick.stop();
}

async function onZnp() {
	await startsOn("3.x.0 over TCP", "zstack", ["--tcp", "0"], 1);
	await startsOn("3.x.0 over a PTY", "zstack", ["--pty"], 1);
	await startsOn("3.x.0 already running", "zstack", ["--tcp", "0", "--running"], 0);
	await startsOn("3.0.x", "zstack", ["--tcp", "0", "--stack", "3.0.x"], 1);
	await startsOn("1.2", "zstack", ["--tcp", "0", "--stack", "1.2"], 0);
	await updates("zstack", []);
	await alarmFires("zstack", []);
}

async function onEzsp(version) {
	const stick = ["--stick", "ezsp", "--version", version];
	await startsOn(`EZSP ${version} over TCP`, "ember", ["--tcp", "0", ...stick], 0);
	await startsOn(`EZSP ${version} over a PTY`, "ember", ["--pty", ...stick], 0);
	await startsOn(`EZSP ${version} already running`, "ember", ["--tcp", "0", "--running", ...stick], 0);
	await updates("ember", stick);
	await alarmFires("ember", stick);
}

async function main() {
	if (figuresFile && ezspVersion) return updates("ember", ["--stick", "ezsp", "--version", ezspVersion]);
	if (figuresFile) return updates("zstack", []);
	await onZnp();
	for (const version of EZSP_VERSIONS) await onEzsp(version);
}

const limit = setTimeout(() => {
	console.log("FAIL took too long");
	process.exit(1);
}, 300000 + 3 * (image.length / 50) * (shortPoll + 170)); // some 30 ms a block beside the poll, and patience

main()
	.catch((error) => check(`unexpected: ${error.stack}`, false))
	.finally(() => {
		clearTimeout(limit);
		fs.rmSync(temporary, { recursive: true, force: true });
		console.log(`${passed} passed, ${failed} failed`);
		process.exit(failed ? 1 : 0);
	});
