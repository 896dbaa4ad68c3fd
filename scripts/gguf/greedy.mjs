// Continues a prompt with llama.cpp, always with the most probable token.
//   node greedy.mjs FOLDER MODEL.gguf COUNT PROMPT
// FOLDER is where node-llama-cpp was installed.
import {pathToFileURL} from "node:url";
import {resolve} from "node:path";

const [folder, path, count, prompt] = process.argv.slice(2);
const library = resolve(folder, "node_modules/node-llama-cpp/dist/index.js");
const {getLlama} = await import(pathToFileURL(library));
// More threads than free cores make llama.cpp crawl.
const llama = await getLlama({build: "never", gpu: false, logLevel: "error", maxThreads: 1});
const model = await llama.loadModel({modelPath: path});
const context = await model.createContext({contextSize: 512});
const answer = [];
for await (const token of context.getSequence().evaluate(model.tokenize(prompt), {temperature: 0})) {
  answer.push(token);
  if (answer.length >= Number(count)) {
    break;
  }
}
process.stdout.write(model.detokenize(answer));
process.exit(0);
