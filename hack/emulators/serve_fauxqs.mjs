// Serves fauxqs on a loopback port until standard input closes.
//
// usage: node serve_fauxqs.mjs [port]    (0, the default, takes a free port)
//
// Prints the endpoint as its first line. Unlike fauxqs' own command it does not
// listen on every interface of the machine. Whoever starts it holds the other
// end of its standard input, which the kernel closes however that process ends:
// so it never outlives a test run.
import { buildApp } from "fauxqs";

const app = buildApp({ logger: false });
const endpoint = await app.listen({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
console.log(endpoint);

process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
