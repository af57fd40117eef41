/** What a name promises of its value: a password, a machine-made secret, something that `weak` words alone do not tell, or nothing. */
export type Sense = 'password' | 'secret' | 'weak' | 'none';

/** The words of a name in lower case: `stripe.apiKey2`, `STRIPE_API_KEY`, `stripe-api-key` -> stripe api key. */
export function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(word => word !== '')
    .map(word => word.toLowerCase());
}

/** A dotted name's last part counts; `value`, `default` and the like hand the question on to the part before. */
export function senseOf(name: string): Sense {
  const known = senses.get(name);
  if (known !== undefined) return known;
  const sense = readSense(name);
  if (name.length > longestKept) return sense;
  if (senses.size >= mostSenses) senses.clear();
  // A copy: a piece of a text would keep all of that text alive.
  senses.set(Array.from(name).join(''), sense);
  return sense;
}

/** A memo alone: a program says few names many times. */
const senses = new Map<string, Sense>();
const mostSenses = 4096;
const longestKept = 100;

function readSense(name: string): Sense {
  const parts = name.split(/[.:/]|\[['"]?/).filter(part => /\p{L}/u.test(part));
  for (let i = parts.length - 1; i >= 0 && i >= parts.length - 3; i--) {
    const words = wordsOf(parts[i] ?? '');
    while (words.length > 0 && (fillers.has(words.at(-1) ?? '') || /^(?:v?\d+|[a-z])$/.test(words.at(-1) ?? '')))
      words.pop();
    if (words.length > 0) return senseOfWords(words);
  }
  return 'none';
}

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** They say which one, or how it is written, and not what it is. */
const fillers = set(
  'value val default string str text plain plaintext literal raw b64 base64 hex encoded data prod production dev development staging ' +
    'stage test testing qa local live sandbox old new current previous primary secondary main backup temp tmp env var constant const 0',
);

const passwords = set(
  'password passwords passwd passwds pwd pwds pass passphrase passcode pw pword psw pswd psswd passwrd passwort kennwort senha ' +
    'contrasena contraseña contrasenya motdepasse mdp wachtwoord parol haslo hasło lozinka sifre şifre lösenord losenord adgangskode salasana ' +
    'jelszo heslo userpass dbpass dbpassword dbpasswd dbpwd userpassword mypassword rootpassword adminpassword storepass keypass storepassword ' +
    'keypassword pswrd psword psswrd pssword paswd passwords mysqlpassword rootpw rootpass adminpass authpass ftppass smtppass pwdb userpwd requirepass masterauth bindpw authtok',
);

const secrets = set(
  'secret secrets token tokens apikey apikeys apitoken apisecret secretkey secretaccesskey accesskey accesstoken authtoken authkey ' +
    'clientsecret appsecret appkey consumersecret consumerkey privatekey masterkey encryptionkey encryptkey signingkey signkey sharedkey ' +
    'sharedsecret servicekey licensekey licencekey hmackey aeskey cryptokey sessionkey sessionsecret jwtsecret jwtkey bearer credential ' +
    'credentials creds cred refreshtoken idtoken bottoken deploykey accountkey storagekey subscriptionkey serverkey webhooksecret ' +
    'cookiesecret secretbase keybase oauthtoken oauthsecret passkey psk presharedkey connectionkey apikeysecret tokensecret ' +
    'keysecret userkey writekey ingestkey adminkey rootkey accesssecret authsecret authcode',
);

/** `key` beside one of these is a secret's name. */
const keyQualifiers = set(
  'api access secret private auth authentication encryption encrypt decryption signing sign signature master account shared service license ' +
    'licence app application client consumer session storage subscription server admin webhook hmac aes crypto cipher ssh gpg pgp rsa ' +
    'deploy deployment bot bearer token oauth security root user host project team org organization workspace write ingest ingestion function ' +
    'connection integration routing instrumentation maps map google stripe aws azure gcp openai github gitlab slack twilio sendgrid mailgun ' +
    'datadog newrelic algolia firebase heroku cloudflare anthropic cookie jwt vault wallet seed recovery hash validation verification unlock ' +
    'transport activation product registration partner merchant payment publishable rest db database redis cosmos sas bucket s3 b2 r2 do',
);

/** Names of things about a secret: its address, its rule, its place on a form. */
const about = set(
  'name names url urls uri uris file files filename path paths dir directory folder id ids uuid guid hash hashes hashed digest checksum ' +
    'length len min max minimum maximum size type types field fields label labels prefix suffix format policy rule rules regex regexp ' +
    'pattern expiry expires expiration expire ttl timeout lifetime age duration count limit endpoint host hint message messages msg error ' +
    'errors title placeholder input form page link reset prompt validator validation validate enabled disabled required optional version ' +
    'header headers param params parameter provider manager store algorithm alg method mode class event status state column table index ' +
    'date time at ref reference env arn description desc help scope scopes audience issuer strength meta element button icon selector css ' +
    'locale translation attribute attr property prop getter setter handler callback function func fn factory builder service controller ' +
    'component module model schema entity dto request response exception listener middleware filter guard strategy config configuration options ' +
    'option settings setting info details count list map array object num number flag bits rounds iterations cost nonce iv user username ' +
    'email login account address source target kind code codes char chars character characters word words position display show visible ' +
    'visibility toggle change changed update updated forgot forgotten confirm confirmation repeat again mismatch invalid wrong missing ' +
    'generator generate encoder decoder parser extractor resolver lookup lookups grant flow style separator delimiter',
);

const publics = set(
  'public pub publishable foreign sort partition primary cache i18n translation composite unique row column item react object dict map',
);

/** `pswd`, `passwrd`, `pssword`, `dbpasswd`: short or misspelt, alone or at the end of a word. */
const misspelt = /(?:^|[a-z])(?:pass?|pss?|ps)w(?:or?s?|r)?d$|(?:password|passwd|passphrase|passwort|passcode)$/;

/** `mysqlpass`, `rootpw`, and not `bypass`, `lowpass`. */
const ownersPass =
  /^(?:my|db\d?|sql|mysql|mariadb|pg|pgsql|postgres|ora|oracle|mongo|redis|rabbit|amqp|mqtt|s?ftp|smtp|imap|pop|e?mail|ldap|ssh|vpn|wifi|wlan|proxy|https?|root|admin|user|usr|login|auth|master|key|key?store|trust(?:store)?|cert|ca|account|acc|client|server|default|sudo|become|zip|sa|svc|service|api|app|web|site|jenkins|nexus|git|svn|sonar|elastic|kibana|grafana|registry|docker|broker|database)(?:pass|pw|pwd|psw)$/;

function senseOfWords(words: readonly string[]): Sense {
  const tail = words.at(-1) ?? '';
  const before = words.at(-2) ?? '';
  const joined = before + tail;
  const digitless = tail.replace(/\d+$/, '');
  if (about.has(tail) && !secrets.has(joined)) return 'none';
  if (passwords.has(digitless) || misspelt.test(digitless) || ownersPass.test(digitless))
    return isNegated(words) ? 'none' : 'password';
  if (words.some(word => /^(?:public|pub|pubkeys?|publickeys?|encrypted|hashed|masked|websocket)$/.test(word)))
    return 'none';
  if (
    secrets.has(digitless) ||
    secrets.has(joined) ||
    /(?:secret|token|apikey|secretkey|privatekey|accesskey|authkey)$/.test(digitless)
  ) {
    return isNegated(words) ? 'none' : tail.startsWith('cred') || tail === 'bearer' ? 'weak' : 'secret';
  }
  if (digitless === 'key' || digitless === 'keys') {
    if (publics.has(before)) return 'none';
    return words.slice(0, -1).some(word => keyQualifiers.has(word)) ? 'secret' : 'weak';
  }
  return /^(?:api|pat|auth|authorization|authentication|sas|webhook|dsn|cookie|session|otp|pin|seed|mnemonic|sid|signature|sig|authkey|auths|key[a-z]{1,3}|[a-z]+key|[a-z]*salt|pepper)$/.test(
    digitless,
  )
    ? 'weak'
    : 'none';
}

/** `noPassword`, `isToken`, `hasSecret`, `nextPageToken`, `csrfToken`. */
function isNegated(words: readonly string[]): boolean {
  const head = words[0] ?? '';
  if (
    /^(?:no|is|has|need|needs|should|must|show|hide|with|without|use|can|forgot|reset|invalid|missing|on|if|get|update|export|enter|type|validate|check|verify|encrypt|decrypt|hash|change|confirm|ask|prompt)$/.test(
      head,
    ) &&
    words.length > 1
  )
    return true;
  return words.some(word =>
    /^(?:csrf|xsrf|next|page|continuation|pagination|cancellation|cancel|parser|syntax|punctuation|keyword|lexer|ast|separator|eof)$/.test(
      word,
    ),
  );
}

/** The environment variable that a name and its surroundings propose: always /^[A-Z][A-Z0-9_]*$/. */
export function variableOf(assigned: string, about: { readonly provider: string; readonly purpose: string }): string {
  const parts = assigned.split(/[.:/]|\[['"]?/).map(part => wordsOf(part.replace(/[^\p{L}\p{N}_\s-]/gu, ' ')));
  const useful = parts.filter(words => words.length > 0 && !words.every(word => wrappers.has(word)));
  const last = useful.at(-1);
  if (last === undefined || senseOfWords(last) === 'none')
    return toVariable(wordsOf(about.purpose)) ?? toVariable(last ?? []) ?? 'SECRET';
  if (!last.every(word => plain.has(word))) return toVariable(last) ?? 'SECRET';
  const before = useful.at(-2)?.slice(-3) ?? wordsOf(about.provider.toLowerCase());
  return toVariable([...before, ...last]) ?? 'SECRET';
}

/** A name of nothing but these does not say whose secret it is. */
const plain = set(
  'api access secret private auth key keys token password passwd pwd pass passphrase pw credential credentials client app',
);

/** They say nothing of what the value is for. */
const wrappers = set(
  'this self value val default data stringdata env environment config conf cfg settings options opts params args spec properties props ' +
    'const var let export exports module process services service resources attributes variables vars values metadata root arr items',
);

function toVariable(words: readonly string[]): string | undefined {
  const unique = words.filter((word, index) => word !== words[index - 1]);
  const ascii = unique
    .join('_')
    .normalize('NFD')
    .replace(/[^\x20-\x7e]/g, '')
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^[^A-Z]+|_+$/g, '')
    .slice(0, 60);
  return ascii.length > 1 ? ascii : undefined;
}
