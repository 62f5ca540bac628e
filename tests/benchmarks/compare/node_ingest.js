#!/usr/bin/env node
// What a team would write first: node's own HTTP server that checks the signature and parses the body, and keeps nothing.
// Prints a line with its address when it listens; SIGTERM ends it.
'use strict';
const crypto = require('crypto');
const http = require('http');

const secret = process.env.AMPSTREAM_WEBHOOK_SECRET;

function verified(signature, body) {
  const expected = crypto.createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(signature || '', 'hex');
  return given.length === expected.length && crypto.timingSafeEqual(given, expected);
}

function answer(response, status, text) {
  response.writeHead(status, {'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text)});
  response.end(text);
}

const server = http.createServer((request, response) => {
  const pieces = [];
  request.on('data', (piece) => pieces.push(piece));
  request.on('end', () => {
    const body = pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
    if (!verified(request.headers['x-amplitude-signature'], body)) return answer(response, 401, '{}');
    const parsed = JSON.parse(body);
    const events = Array.isArray(parsed) ? parsed.length : 1;
    return answer(response, 200, `{"accepted":${events},"duplicates":0,"ids":[]}`);
  });
});
server.keepAliveTimeout = 60000;
server.listen(0, '127.0.0.1', () => console.log(`node ready http=127.0.0.1:${server.address().port} grpc=none`));
process.on('SIGTERM', () => process.exit(0));
