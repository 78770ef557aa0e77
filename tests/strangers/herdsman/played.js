// What happens in each scenario, and what is said of it. The numbers are those of docs/scenarios.md.
"use strict";
const fs = require("node:fs");
const { House, IDS, SIZE, makeImage, pause } = require("./house.js");

const QUERY = "015A01005C11040000000411";
const BLOCK_0 = `015B0300${IDS}000000003F`;
const END_GOOD = `01700600${IDS}`;
const TOO_LONG = { zstack: 0xe5, ember: 0x74 };

const played = {};
const scenario = (numbers, play) => {
	for (const number of [numbers].flat()) played[number] = play;
};

// With a house that is torn down afterwards.
function inHouse(options, play) {
	return async (adapter) => {
		const house = await House.start(adapter, options);
		try {
			return await play(house, adapter);
		} finally {
			await house.end();
		}
	};
}

// Something happens at a third of the transfer.
const midway = (options, strike) =>
	inHouse(options, async (house, adapter) => {
		house.update();
		await house.transfer(SIZE / 3);
		await strike(house, adapter);
		return house.finish();
	});
const plain = (options = {}) => midway(options, async () => {});

function answer(hex) {
	if (!hex) return "no answer";
	const command = hex.slice(4, 6);
	const status = hex.slice(6, 8);
	if (command === "05" && status === "00") return "served";
	if (command === "05" && status === "95") return "ABORT";
	if (command === "05" && status === "97") return "WAIT";
	if (command === "05") return `block response 0x${status}`;
	if (command === "02" && status === "00") return "offered";
	if (command === "02") return "NO_IMAGE";
	if (command === "07") return "told to install";
	if (command === "0b") return `Default Response 0x${hex.slice(8, 10)}`;
	return `command 0x${command}`;
}

// In the lock's place, in mid-transfer: one frame and its answer; then the lock lives again.
const hostile = (hex, options) =>
	inHouse({}, async (house) => {
		await house.engage();
		const said = answer(await house.say(hex, options));
		return `${said}; then ${await house.alive()}`;
	});

/* --- nothing goes wrong --- */
scenario("1", plain());
scenario("2", inHouse({ lock: { short_poll: 5, block: 50 }, image: makeImage(204522) }, async (house) => {
	house.update({ url: house.file }, { responseDelay: 0 });
	return house.finish(840000);
}));
scenario("3", inHouse({}, async (house) => {
	house.update();
	const result = await house.finish();
	await house.heard();
	const end = House.of(house.air, "install");
	const seconds = end.length ? Buffer.from(end[0].zcl, "hex").readUInt32LE(15) : -1;
	return `${result}, told ${end.length === 1 ? "once" : `${end.length} times`}, to install in ${seconds} s`;
}));
scenario("4", inHouse({}, async (house) => {
	house.update();
	const result = await house.finish();
	await house.heard();
	const after = house.air.slice(house.air.findIndex((f) => !f.up && f.zcl.slice(4, 6) === "07"));
	const reads = after.filter((f) => !f.up && (Number.parseInt(f.zcl.slice(0, 2), 16) & 3) === 0);
	return `${result}, at the announce; ${reads.length ? "the version is read" : "the version is not asked for"}`;
}));
scenario("5", plain({ lock: { client: "ti" } }));
scenario("6", inHouse({ lock: { pages: 1 } }, async (house) => {
	house.update();
	const result = await house.finish(600000);
	await house.heard();
	return `${result}, ${House.of(house.air, "page").length ? "by pages" : "by blocks"}`;
}));
scenario("7", inHouse({}, async (house) => {
	await house.command(`preload 0 ${house.file} ${0x11070000}`);
	house.update();
	return house.finish();
}));

/* --- the lock sleeps, the radio fails --- */
scenario("11", inHouse({}, async (house) => {
	await house.command("sleep 0 120000");
	house.update();
	return house.finish();
}));
scenario("12", inHouse({}, async (house) => {
	await house.command("battery-out 0");
	house.update();
	return house.finish();
}));
scenario("13", inHouse({}, async (house) => {
	await house.engage();
	await house.say(BLOCK_0);
	await pause(3000);
	const again = answer(await house.say(`015C0300${IDS}000000003F`));
	return `${again}; then ${await house.alive()}`;
}));
scenario("14", inHouse({}, async (house) => {
	await house.engage();
	await house.heard();
	await house.command(`say 0 ${BLOCK_0}`);
	await house.command(`say 0 ${BLOCK_0}`);
	await pause(1500);
	const n = House.of(await house.heard(), "block").length;
	return `${n === 1 ? "one answer" : `${n} answers`}; then ${await house.alive()}`;
}));
scenario("15", midway({}, (house) => house.command("sleep 0 200000")));
scenario("16", midway({ lock: { client: "ti" } }, async (house) => {
	await house.command("battery-out 0");
	await pause(10000);
	await house.command("battery-in 0");
}));
scenario("17", midway({}, (house) => house.command("rejoin 0 0x7777")));
scenario("18", midway({}, (house) => house.command("move 0 0x7777")));
scenario("19", midway({ lock: { parent: "router" } }, (house) => house.command("fault delivery-failed 5")));
scenario("20", inHouse({}, async (house) => {
	house.update();
	await house.transfer(SIZE * 0.4);
	await house.host.stop();
	await house.open();
	await house.heard();
	await pause(60000);
	const fresh = await house.heard();
	const lock = await house.lock();
	const served = House.of(fresh, "block").length ? "goes on" : "the lock's requests get no answer";
	return `${served}${lock.version === 0x11070000 ? "" : "; the update is forgotten"}`;
}));
scenario("22", midway({}, (house) => house.command("reset")));
scenario("23", inHouse({}, async (house) => {
	house.update();
	await house.transfer(SIZE / 3);
	await house.command("unplug on");
	const told = await Promise.race([house.lost.then(() => "says that the adapter is gone (Zigbee2MQTT ends then)"), pause(60000).then(() => "says nothing")]);
	return told;
}));
scenario("24", midway({}, (house, adapter) => house.command(adapter === "ember" ? "fault message-limit 1" : "fault no-buffers 1")));
scenario("25", midway({}, (house, adapter) => house.command(`fault srsp-status 1 ${TOO_LONG[adapter]}`)));
scenario("26", midway({}, (house, adapter) => house.command(adapter === "ember" ? "fault no-buffers 2" : "fault confirm-status 2 16")));
scenario("27", midway({ lock: { client: "telink" } }, (house, adapter) => house.command(`fault srsp-status 2 ${TOO_LONG[adapter]}`)));
scenario("28", inHouse({}, async (house) => {
	house.update();
	await house.transfer(SIZE / 3);
	await house.command("battery 0 16");
	return `${await house.finish()}, at 8 %`;
}));
scenario("30", inHouse({}, async (house) => {
	house.update();
	await house.transfer(SIZE / 3);
	await house.command("sleep 0 30000");
	house.device.abortOta();
	await pause(5000);
	const early = house.settled ? "at once" : "not before the lock asks again";
	const result = await house.finish();
	return `${result}, ${early}`;
}));
scenario("31", inHouse({ lock: { pages: 1 } }, async (house) => {
	house.update();
	await pause(3000);
	for (let i = 0; i < 200 && !(await house.heard()).some((f) => f.up && f.zcl.slice(4, 6) === "04"); i++) await pause(50);
	await pause(700);
	house.device.abortOta();
	await house.heard();
	const result = await house.finish();
	const sent = House.of(await house.heard(), "block").filter((f) => f.zcl.slice(6, 8) === "00").length;
	return `${result}, ${sent <= 1 ? "the page ends" : "after the whole page"}`;
}));

/* --- malformed, hostile, confused --- */
scenario("32", inHouse({}, async (house) => {
	await house.command("puppet 0 on");
	house.update();
	await pause(700);
	const said = answer(await house.say("015A01005C110400000004", { wait: 1500 }));
	await house.say(QUERY, { wait: 1500 });
	return `${said}; then ${await house.alive()}`;
}));
scenario("33", hostile(`015B0300${IDS}00000000`));
scenario("34", hostile(`015B0302${IDS}000000003F`));
scenario("35", hostile(`015B0301${IDS}000000003F0807060504030201AABBCC`));
scenario("36", hostile(`015B0301${IDS}000000003F0907060504030201`));
scenario("37", hostile(`015B0300${IDS}0000000000`));
scenario("38", hostile(`015B0300${IDS}00000000FF`));
scenario("39", hostile(`015B0300${IDS}B80B00003F`));
scenario("40", hostile(`015B0300${IDS}B70B00003F`));
scenario("41", hostile("015B03005C11040000000611000000003F"));
scenario("42", hostile("015B03005C110400FFFFFFFF000000003F"));
scenario("43", hostile("015B03005C11050000000711000000003F"));
scenario("44", inHouse({}, async (house) => {
	await house.command("puppet 0 on");
	return answer(await house.say(BLOCK_0));
}));
scenario("45", inHouse({ second: true }, async (house) => {
	await house.command("puppet 1 on");
	house.update();
	await house.transfer(SIZE / 3);
	await house.heard();
	for (let i = 0; i < 250; i++) {
		await house.command(`say 1 ${QUERY}`);
		await pause(20);
	}
	const answers = House.of(await house.heard(), "offer").length;
	return `${answers ? `${answers} answers` : "no answer"} to the other; ${await house.finish()}`;
}));
const page = (offset, max, size, spacing) => `015C0400${IDS}${offset}${max}${size}${spacing}`;
scenario("47", inHouse({}, async (house) => {
	await house.engage();
	await house.command(`say 0 ${page("00000000", "20", "FFFF", "0000")}`);
	await pause(5000);
	await house.command(`say 0 ${BLOCK_0}`);
	await pause(5000);
	await house.heard();
	await pause(5000);
	const more = House.of(await house.heard(), "block").length;
	return `its next request ${more ? "does not end the page" : "ends the page"}`;
}));
scenario("48", inHouse({}, async (house) => {
	await house.engage();
	const small = answer(await house.say(page("00000000", "20", "1F00", "3200")));
	const none = answer(await house.say(page("00000000", "00", "0000", "3200")));
	return `${small}, ${none}; then ${await house.alive()}`;
}));
scenario("49", inHouse({}, async (house) => {
	await house.engage();
	await house.heard();
	await house.command(`say 0 ${page("A80B0000", "20", "0004", "3200")}`);
	await pause(5000);
	await house.heard();
	await pause(5000);
	const more = House.of(await house.heard(), "block").length;
	return more ? "goes on sending behind the end, for ever" : `ends there; then ${await house.alive()}`;
}));
scenario("50", inHouse({}, async (house) => {
	await house.engage();
	await house.command(`say 0 ${page("00000000", "20", "0004", "3200")}`);
	await pause(1500);
	await house.command("sleep 0 120000");
	await pause(60000);
	await house.heard();
	await pause(30000);
	const more = House.of(await house.heard(), "block").length;
	return more ? "still sends after a minute" : "ends by itself";
}));
scenario("51", inHouse({ lock: { install: "rejects" } }, async (house) => {
	house.update();
	return house.finish();
}));
const says = (hex) =>
	inHouse({}, async (house) => {
		await house.engage();
		await house.say(BLOCK_0);
		const said = answer(await house.say(hex));
		return `${said}; ${await house.finish(20000)}`;
	});
scenario("52", says("01700695"));
scenario("53", says("017006005C110400000007"));
scenario("54", says(`01700699${IDS}`));
scenario("55", inHouse({}, async (house) => {
	await house.command("puppet 0 on");
	return answer(await house.say(END_GOOD));
}));
scenario("56", inHouse({}, async (house) => {
	house.update();
	const result = await house.finish();
	await house.command("puppet 0 on");
	await pause(10000);
	return `${result}; ${answer(await house.say(END_GOOD))} then`;
}));
scenario("57", midway({}, (house) => house.command("say 0 18100B0580")));
scenario("58", midway({}, (house) => house.command("say 0 18100B0001")));
scenario("59", inHouse({ lock: { storage: 1000 } }, async (house) => {
	house.update();
	return house.finish();
}));
scenario("60", hostile(`055C115B0300${IDS}000000003F`));
scenario("61", hostile(`095C0300${IDS}000000003F`));
scenario("62", hostile(BLOCK_0, { all: "all" }));
scenario("63", plain({ lock: { install: "keeps_old" } }));
scenario("64", plain({ lock: { install: "other" } }));
const asked = (options) =>
	inHouse(options, async (house) => {
		house.update();
		return house.finish();
	});
scenario("65", asked({ lock: { version: 0x11090000 } }));
scenario("66", asked({ lock: { version: 0x11070000 } }));
scenario("67", inHouse({ second: true }, async (house) => {
	await house.command("puppet 1 on");
	house.update();
	await house.transfer(SIZE / 3);
	const fresh = await house.say(BLOCK_0, { lock: 1 });
	const other = (house.air ?? []).filter((f) => !f.up && f.lock === 0x3a5d).map((f) => answer(f.zcl));
	return `${other[0] ?? "no answer"} to the other; ${fresh ? "" : ""}${await house.finish()}`;
}));
scenario("68", inHouse({}, async (house) => {
	await house.engage();
	let n = 0;
	for (let i = 0; i < 60; i++) n += answer(await house.say(BLOCK_0, { wait: 350 })) === "served";
	return n > 50 ? "served, each of 60 times" : `served ${n} of 60 times`;
}));
scenario("68a", inHouse({ lock: { poll: 6000 } }, async (house) => {
	await house.engage();
	await pause(12000);
	const read = house.device.getEndpoint(1).read("genBasic", ["modelId"]).catch(() => {});
	await pause(300);
	await house.heard();
	await house.command(`say 0 ${BLOCK_0}`);
	await pause(4000);
	const fresh = await house.heard();
	const ask = House.of(fresh, "ask")[0];
	const block = House.of(fresh, "block")[0];
	await Promise.race([read, pause(1000)]);
	const took = block ? block.at - ask.at : -1;
	return `${took < 0 ? "no answer" : took < 500 ? "answered at once" : "answered late"}; then ${await house.alive()}`;
}));
scenario("68b", inHouse({}, async (house) => {
	await house.engage();
	await house.say(BLOCK_0);
	await pause(3000);
	return `${answer(await house.say(BLOCK_0))} again; then ${await house.alive()}`;
}));
scenario("68c", inHouse({}, async (house) => {
	await house.engage();
	await house.command("fault no-buffers -1");
	await house.say(BLOCK_0);
	await house.command("sleep 0 60000");
	await pause(30000);
	await house.command("fault no-buffers 0");
	await house.heard();
	await pause(35000);
	const stale = House.of(await house.heard(), "block").length;
	return stale ? "a stale answer is sent" : "nothing stale is sent";
}));

/* --- files and indexes --- */
const firmware = (name) => fs.readFileSync(`${process.env.LOCKWRIGHT_TEST_FIRMWARE}/${name}`);
// What the lock is offered of this file.
async function offered(house, file, query) {
	const hex = await house.puppet({ url: file }, query);
	await pause(500);
	const said = answer(hex);
	if (said !== "offered") return house.settled && (await house.result).startsWith("fails") ? house.result : `${said}`;
	return `offered, ${Buffer.from(hex, "hex").readUInt32LE(12)} bytes`;
}
const queryOf = (image) => {
	const query = Buffer.from(QUERY, "hex");
	image.copy(query, 4, 10, 14);
	query.writeUInt32LE(image.readUInt32LE(14) - 1, 8);
	return query.toString("hex");
};
const ofFile = (make) =>
	inHouse({}, async (house) => {
		const file = make();
		const at = file.indexOf(Buffer.from("1EF1EE0B", "hex"));
		return offered(house, house.write("given.ota", file), queryOf(file.subarray(at)));
	});
scenario("69", ofFile(() => firmware("odd/tcl-1-zb-s_hw1.x_fw0.6.1_ota20.ota")));
scenario("70", ofFile(() => firmware("odd/CSB600_20170209.ota")));
scenario("71", ofFile(() => {
	const image = makeImage();
	image.copy(image, 70, 0, 62);
	const head = Buffer.alloc(4);
	head.writeUInt32LE(SIZE);
	return Buffer.concat([head, image, Buffer.alloc(17)]);
}));
scenario("72", ofFile(() => firmware("odd/10082264-zingo_lds_stoftmoln-1.1.7.ota.ota.signed")));
scenario("73", inHouse({}, async (house) => {
	const results = [];
	for (const head of [6, 8]) {
		const image = makeImage();
		image.writeUInt16LE(0xf000, 56);
		image.writeUInt32LE(SIZE - 56 - head, 58);
		results.push((await offered(house, house.write(`head-${head}.ota`, image))).replace(/,.*/, ""));
		if (results[0] === "offered") break;
	}
	return results.length === 1 ? "with heads of 6 offered" : `with heads of 6 ${results[0]}, of 8 ${results[1]}`;
}));
const entry = (house, more) => JSON.stringify([{ manufacturerCode: 0x115c, imageType: 4, fileVersion: 0x11070000, modelId: "V3-BTZBE", url: house.file, ...more }]);
const digest = (bytes) => require("node:crypto").createHash("sha512").update(bytes).digest("hex");
const byIndex = (options, more) =>
	inHouse(options, async (house) => answer(await house.puppet({ url: house.write("index.json", entry(house, more(house))) })));
scenario("74", byIndex({}, (house) => ({ fileSize: SIZE + 77, sha512: digest(house.image) })));
scenario("75", byIndex({}, () => ({ fileSize: SIZE, sha512: digest("another") })));
scenario("76", byIndex({ lock: { model: "V3-BTZB" } }, (house) => ({ sha512: digest(house.image), modelId: undefined })));
const whichOf = (lock) =>
	inHouse({ lock }, async (house) => {
		const found = await house.device.checkOta({ url: `${process.env.LOCKWRIGHT_TEST_FIRMWARE}/index.json` }, undefined, {});
		return found.availableMeta ? `finds ${found.availableMeta.fileName}` : "finds nothing";
	});
scenario("77", whichOf({ mfr: 0x115f, type: 0x0101, version: 8, model: "lumi.lock.acn02", manufacturer: "LUMI" }));
scenario("78", whichOf({ mfr: 0x1002, type: 0, version: 1, model: "TS0601", manufacturer: "Other" }));
scenario("79", ofFile(() => {
	const image = Buffer.concat([makeImage(128).subarray(0, 56), Buffer.from("020007000000", "hex"), Buffer.alloc(66)]);
	image.writeUInt16LE(60, 6);
	image.writeUInt16LE(4, 8);
	image.writeUInt32LE(128 - 66, 62);
	return image;
}));
scenario("80", midway({}, (house) => fs.writeFileSync(house.file, "another file")));
scenario("81", plain({ lock: { battery: 80 } }));
scenario("82", midway({}, (house) => house.command("bolt 0 0")));
scenario("83", inHouse({}, async (house) => {
	await house.command("puppet 0 on");
	house.update();
	await pause(700);
	await house.heard();
	await house.command(`say 0 ${QUERY} 1`);
	await house.command("say 0 015B01005C11050000000411 2");
	await pause(2000);
	const offers = House.of(await house.heard(), "offer");
	const to = (endpoint) => answer(offers.find((f) => f.endpoint === endpoint)?.zcl ?? "");
	return `${to(1)}; the other: ${to(2)}; then ${await house.alive()}`;
}));

const notPlayed = {
	8: "an update is a call that begins at once; nothing is armed when a lock checks in",
	9: "it has no window",
	10: "it has no limit",
	21: "it keeps no files; the image of a transfer is in memory",
	29: "takes 16 hours; see 15 for what a silence does",
	46: "Zigbee2MQTT answers queries that nobody waits for",
};

module.exports = { played, notPlayed };
