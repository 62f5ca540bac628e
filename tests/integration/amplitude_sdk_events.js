// Makes 1,000 events with Amplitude's own SDK for Node and sends them to a server that speaks HTTP V2:
//
//   node amplitude_sdk_events.js http://127.0.0.1:PORT/2/httpapi
//
// Ends with 0 if all were taken, and then prints how many as JSON: {"taken": 1000}.
"use strict";

const amplitude = require("@amplitude/analytics-node");

const EVENTS = 1000;
const BEGIN = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

const client = amplitude.createInstance();

// What each event has of its own: who, where and when.
function who(n) {
  const id = { user_id: `user-${n}`, device_id: `device-${n % 7}` };
  if (n % 3 === 1) delete id.user_id;
  if (n % 3 === 2) delete id.device_id;
  return { ...id, time: BEGIN + n, session_id: n % 5 === 0 ? -1 : BEGIN - n };
}

// Every option that the SDK names, and some with the value null.
function everyOption(n) {
  return {
    ...who(n), user_id: `user-${n}`, device_id: `device-${n}`, insert_id: `insert-${n}`,
    location_lat: 48.85 + n / 1e6, location_lng: -2.35 - n / 1e6, app_version: `2.1.${n}`, version_name: `v${n}`,
    platform: "iOS", os_name: "ios", os_version: "17.2", device_brand: "Apple", device_manufacturer: "Apple Inc.",
    device_model: "iPhone 15", carrier: "Orange F", country: "France", region: "Île-de-France", city: "Paris",
    dma: null, idfa: "AEBE52E7-03EE-455A-B3C4-E57283966239", idfv: "BCCE52E7-03EE-321A-B3D4-E57283966239",
    adid: "", android_id: null, language: "Français", ip: "192.0.2.7", price: 9.99, quantity: 3, revenue: -4.99,
    receipt: "receipt", receiptSig: "signature", productId: "com.example.pro", revenueType: "refund", currency: "EUR",
    plan: { branch: "main", source: "ios", version: `${n}`, versionId: "9ec23ba0-275f-468f-80d1-66b88bff9529" },
    ingestion_metadata: { source_name: "ampli", source_version: "2.0.0" }, partner_id: "partner",
    user_agent: "Mozilla/5.0 (iPhone)", android_app_set_id: "set-1", groups: { org: ["15", "16"], team: "core" },
    delay: { id: `delay-${n}`, timeout: 1000 },
  };
}

function nested(n) {
  const items = [{ sku: "a", tags: ["x", "y"], price: { amount: 9.5, currency: "EUR" } }, { sku: "b", tags: [] }];
  const cart = { items, coupon: null, empty: {} };
  return { button: "signup", count: n, cart, ok: n % 2 === 0, matrix: [[1, 2], [3]] };
}

// JavaScript prints the first digits of an integer beyond 2^53: 2 ** 60 as 1152921504606847000, which no double is.
function numbers(n) {
  return {
    safe: Number.MAX_SAFE_INTEGER, lowest: Number.MIN_SAFE_INTEGER, power53: 2 ** 53, power60: 2 ** 60,
    power63: -(2 ** 63), digits: 12345678901234567890, exponent: 1e21, largest: Number.MAX_VALUE, tiny: 1e-7,
    tenth: 0.1 + n, third: 1 / 3, negative: -n - 0.5, zero: 0, whole: 42.0, smallest: 2 ** -1022,
  };
}

function texts(n) {
  return {
    name: `Zoë ${n}`, emoji: "👩‍👩‍👧‍👦🏳️‍🌈", chinese: "漢字", arabic: "مرحبا", combining: "e\u0301",
    separators: "\u2028\u2029", controls: "\u0000\u0001\t\r\n\u007f", quotes: "\"'\\/</script>", empty: "",
    digits: "0042", "a.b": "dotted", "ключ": "значение", "": "no name", "with \"quotes\"": true, long: "x".repeat(2000),
  };
}

function nulls() {
  const within = { nothing: null, deeper: { nothing: null } };
  return { nothing: null, list: [null, 1, null], within, left: undefined };
}

function operations(n) {
  return new amplitude.Identify()
    .set("plan", "pro").set("address", { city: "Paris", zip: n }).setOnce("first_seen", "2026-01-02").add("logins", 1)
    .add("balance", -0.25).append("tags", "new").append("places", ["a", "b"]).prepend("recent", n).preInsert("pre", "x")
    .postInsert("post", [1, 2.5]).remove("gone", "y").unset("trial");
}

function revenue(n) {
  return new amplitude.Revenue()
    .setProductId("com.example.pro").setPrice(3.99 + n).setQuantity(1 + (n % 4)).setRevenueType("purchase")
    .setRevenue(12.5).setCurrency("EUR").setReceipt("receipt").setReceiptSig("signature")
    .setEventProperties({ store: "app", nested: { deal: n } });
}

// An event as an object, with properties of the user and of groups.
function whole(n) {
  return {
    ...everyOption(n), event_type: "Whole Event",
    user_properties: { plan: "pro", seats: n, history: [{ plan: "free", until: null }] },
    group_properties: { org: { size: 10 + n, names: ["Acme", "Ünïted"] } },
    extra: { stays: "in the SDK" },
  };
}

// The kinds of events, one after the other.
const KINDS = [
  (n) => client.track("Button Clicked", nested(n), who(n)),
  (n) => client.track("Every Option", { n }, everyOption(n)),
  (n) => client.identify(operations(n), who(n)),
  (n) => client.identify(new amplitude.Identify().clearAll(), everyOption(n)),
  (n) => client.groupIdentify("org", `org-${n}`, operations(n), who(n)),
  (n) => client.setGroup("org", ["15", `org-${n}`], who(n)),
  (n) => client.revenue(revenue(n), who(n)),
  (n) => client.track(`Ünïcode ✓ ${n % 3}`, texts(n), { ...who(n), city: "São Paulo", language: "日本語" }),
  (n) => client.track("Numbers", numbers(n), { device_id: `device-${n}`, version_name: `v${n}`, price: 1e-7 }),
  (n) => client.logEvent(whole(n), nulls()),
  (n) => client.track("Bare", undefined, { device_id: `device-${n}` }),
];

async function main(serverUrl) {
  await client.init("test-api-key", {
    serverUrl, flushQueueSize: 100, flushIntervalMillis: 100, minIdLength: 3, logLevel: 1,
    plan: { branch: "configured", version: "7" },
    ingestionMetadata: { sourceName: "configured", sourceVersion: "1.0.0" },
  }).promise;
  const sent = Array.from({ length: EVENTS }, (_, n) => KINDS[n % KINDS.length](n).promise);
  await client.flush().promise;
  const refused = (await Promise.all(sent)).filter((result) => result.code !== 200);
  if (refused.length > 0) throw new Error(`${refused.length} refused; the first: ${JSON.stringify(refused[0])}`);
  console.log(JSON.stringify({ taken: sent.length }));
}

main(process.argv[2]).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
