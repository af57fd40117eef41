// Runs functions of a journey inside the extension host: a POST's body is { code, args }, its answer the function's result.
const vscode = require('vscode');
const http = require('node:http');
const fs = require('node:fs');

exports.activate = context => {
  const file = process.env.KEYSWEEP_PROBE;
  if (!file) return;
  const server = http.createServer((request, response) => {
    let body = '';
    request.on('data', chunk => {
      body += chunk;
    });
    request.on('end', async () => {
      try {
        const { code, args } = JSON.parse(body);
        // oxlint-disable-next-line typescript/no-implied-eval -- a test's own functions
        const result = await new Function('vscode', 'args', `return (${code})(vscode, ...args)`)(vscode, args);
        response.end(JSON.stringify({ result }));
      } catch (error) {
        response.end(JSON.stringify({ error: String(error?.stack ?? error) }));
      }
    });
  });
  server.listen(0, '127.0.0.1', () => fs.writeFileSync(file, String(server.address().port)));
  context.subscriptions.push({ dispose: () => server.close() });
};
