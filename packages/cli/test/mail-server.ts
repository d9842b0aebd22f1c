import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { TLSSocket } from 'node:tls';

export interface Letter {
  /** Who had logged in, and by which method. */
  readonly login: string;
  readonly to: readonly string[];
  readonly text: string;
}

/**
 * A mail server on this machine (ESMTP, RFC 5321) that takes letters only from people who have logged in (RFC 4954), which it
 * lets them do only after STARTTLS (RFC 3207), by the one method that it is given.
 */
export class MailServer implements AsyncDisposable {
  readonly letters: Letter[] = [];
  /** Its certificate, which no authority of the system has signed. */
  readonly caFile: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(server: Server, caFile: string) {
    this.#server = server;
    this.caFile = caFile;
  }

  static async start(folder: string, method: 'PLAIN' | 'LOGIN', passwords: Readonly<Record<string, string>>): Promise<MailServer> {
    const [keyFile, caFile] = [join(folder, `mail-${method}.key`), join(folder, `mail-${method}.pem`)];
    const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        ...curve,
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
        '-addext',
        'subjectAltName=DNS:localhost',
        '-keyout',
        keyFile,
        '-out',
        caFile,
      ],
      { stdio: 'ignore' },
    );
    const [key, cert] = [readFileSync(keyFile), readFileSync(caFile)];
    const server = createServer();
    const mailServer = new MailServer(server, caFile);
    server.on('connection', (socket) => {
      mailServer.#sockets.add(socket);
      socket.on('error', () => undefined);
      void converse(socket, {
        method,
        passwords,
        secure: () => new TLSSocket(socket, { isServer: true, key, cert }),
        keep: (letter) => mailServer.letters.push(letter),
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return mailServer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}

interface House {
  readonly method: 'PLAIN' | 'LOGIN';
  readonly passwords: Readonly<Record<string, string>>;
  secure(): TLSSocket;
  keep(letter: Letter): void;
}

/** One connection until STARTTLS, and the rest of it, encrypted, behind that. */
async function converse(plain: Socket, house: House): Promise<void> {
  plain.write('220 localhost ESMTP\r\n');
  if (!(await isAskedForTls(plain))) return;
  const socket = house.secure();
  socket.on('error', () => undefined);
  plain.write('220 go ahead\r\n');
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const say = (line: string): boolean => socket.write(`${line}\r\n`);
  const next = async (): Promise<string> => String((await lines.next()).value ?? 'QUIT');
  let login: string | null = null;
  let to: string[] = [];
  for (let line = await next(); line !== 'QUIT'; line = await next()) {
    const [verb = ''] = line.split(' ');
    if (verb === 'EHLO') say(`250-localhost\r\n250 AUTH ${house.method}`);
    else if (verb === 'AUTH') {
      login = await loggedIn(line, house, say, next);
      say(login === null ? '535 5.7.8 no such user or password' : '235 2.7.0 welcome');
    } else if (login === null) say('530 5.7.0 log in first');
    else if (verb === 'MAIL') say('250 ok');
    else if (verb === 'RCPT') {
      to.push(line.replace(/^.*<|>.*$/g, ''));
      say('250 ok');
    } else if (verb === 'DATA') {
      say('354 go ahead');
      let text = '';
      for (let each = await next(); each !== '.'; each = await next()) text += `${each}\n`;
      house.keep({ login, to, text });
      to = [];
      say('250 kept');
    } else say('502 5.5.1 unknown command');
  }
  socket.end('221 bye\r\n');
}

function isAskedForTls(plain: Socket): Promise<boolean> {
  return new Promise((resolve) => {
    const take = (chunk: Buffer): void => {
      const line = chunk.toString().trim();
      if (line.startsWith('EHLO')) plain.write('250-localhost\r\n250 STARTTLS\r\n');
      else if (line !== 'STARTTLS') plain.write('530 5.7.0 STARTTLS first\r\n');
      else {
        plain.off('data', take);
        resolve(true);
      }
    };
    plain.on('data', take).on('close', () => resolve(false));
  });
}

/** "method user" when name and password are right. */
async function loggedIn(
  line: string,
  { method, passwords }: House,
  say: (line: string) => boolean,
  next: () => Promise<string>,
): Promise<string | null> {
  const [, asked, initial] = line.split(' ');
  if (asked !== method) return null;
  const decoded = (text: string): string => Buffer.from(text, 'base64').toString();
  const ask = async (question: string): Promise<string> => {
    say(`334 ${Buffer.from(question).toString('base64')}`);
    return decoded(await next());
  };
  if (method === 'PLAIN') {
    const [, user = '', password] = (initial === undefined ? await ask('') : decoded(initial)).split('\0');
    return passwords[user] === password ? `PLAIN ${user}` : null;
  }
  const user = initial === undefined ? await ask('Username:') : decoded(initial);
  return passwords[user] === (await ask('Password:')) ? `LOGIN ${user}` : null;
}
