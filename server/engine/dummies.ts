/**
 * Values that providers print in their documents and that tests and examples use again: harmless by themselves. The first 12 hex digits
 * of the SHA-256 of each, since many have the shape of a live key.
 */
export const knownExamples: ReadonlySet<string> = new Set(
  [
    '0011cc25eb43 00810cf8b94d 03b970ed8171 03f9beb643b1 07e23ede2756 095101cf732c 0b5dd075ccdd 0c848abb0330',
    '0e9d220616f0 0fff9ee671b0 12b9377cbe7e 12d8d9ea56a1 13984ab878f9 16175223c8dd 1a5d44a2dca1 1c1185e02ff3',
    '1c3d6188abe6 1c40faa4e36b 1e3e58656012 2015791e0c54 2037abcaffb2 237272d84788 23e9efa3ced6 27a9a42931df',
    '281b26cb60c9 2cafc0970149 2d1f7723aabc 3002888f967a 30a5154b77ab 359e12688466 37f8f09bdf12 38d180985d1b',
    '3a8b61d0f636 3f2cd8e57b09 3f370c9dd822 4060ed0ca267 422b6cfd76dc 44b9f0d854dc 465d9ad5d552 477bba133c18',
    '4914e23374bb 49f777db995e 4a583e376f7f 4b5c857bc7a1 4c98242dcadc 519e3ece10ca 559fab6733c7 561dce32f560',
    '5895b89c8fb3 5ba1ed8425ba 5d712ba728d8 5eef83fe7cb7 60a09e435786 647f7143af14 6adbfd178516 6ebf463668b5',
    '731fa294d036 73f71af093fd 78314b11be2e 79bf62f385e6 7a259e311eb5 7ad702bdafa6 7e8de44ea9ec 7f39f4576795',
    '7f75367e7881 841b4f5b0b34 854ffff4811d 8662fc2ab7d6 8731261cb72d 8be5d113c087 8c6a69734a4e 8d4ef6536dc8',
    '90d5b0a26955 91530d4a7629 92e2b7f6ed28 986c0dc956dc 98c0adc16caa 99ea56ced47c 9b37a190cd2c 9c5d0a6656e5',
    '9c846fdf0fa8 9fdb2e159e0f a064b502e61d a0702bc91d69 a0cc17dae750 a3a8ee437933 a3a9e1ed9732 a4a78bfa462a',
    'a4b8b245ab28 a6c814bc555a a7b580d711ef a9e0ad34ee97 aa6547439583 abe5b4848301 ac9265e56c79 ad9858116e63',
    'aeb221660ff0 b1471f544cee b515f5b7781b b83e96417f61 b9cc5701bc05 bdfeaef44475 bedb616633c0 c557eec878df',
    'c6ea27c534f9 c794fa6d20c6 cb20d34a7add cd372fb85148 cf4d418ed3de d1e23ebfd120 d9c3482af2ba da816f9f2c16',
    'db3783b2d8a7 dba72c00f41f dbecdbff61bd dc0fcf046c61 dfd7dc439654 e1393800129b e1bb72ff7816 e21b597ba6b9',
    'e4a5542bb7fd e4da07ad2000 e5855ff48799 e73964679570 e76a87a7ac35 e8883fee6294 e8a0614b6747 ea9bb1082cf9',
    'eb540d2b6ee2 ecb0e7ba498c f0386f9be1fe f215faf9d88b f2d6ca165150 f5284467ecef f56e323494a6 f5e95c995463',
    'f79cd64f9cea f7d838701b86 fa32968772a8 fb8f35129df8 fbe47163e2b4 fe97449352b1',
    // Phrases of BIP-39's vectors and of development chains.
    'c557eec878df f79cd64f9cea ecb0e7ba498c 3a64bcd9cea4 3c0949435a7e 69be79ef3c28',
  ]
    .join(' ')
    .split(' '),
);

/** How long beginnings are that make the whole of a value harmless (a provider's test token, the bearer of a public web client), and the same of them. */
export const knownBeginnings: readonly (readonly [length: number, hash: string])[] = [
  [59, 'fad695f6cb67'],
  [50, '820350d90471'],
];

/** What people write where a secret will stand one day, in lower case. */
export const stockWords: ReadonlySet<string> = new Set(
  [
    '0000 000000 111111 1234 12345 123456 12345678 123456789 1234567890 1q2w3e4r abc123 abcd1234 access_token',
    'accesskey accesstoken admin admin-secret admin123 administrator adminpassword aes airflow alice-secret alpine',
    'androiddebugkey anonymous api-key api_key apikey array asdf asdfgh auth_token auto bad badpassword bar bar123',
    'basic baz bearer boolean censored change-me change_me change_this changeit changeme changeme! changethis client',
    'confidential consul correcthorsebatterystaple credential credentials db_password dbpassword default',
    'defaultpassword demo demo_key dev development digest disabled docker dragon dummy dummypassword dxnlcjpwyxnz',
    'dynamodb-local elastic empty enabled encrypted example expired fake fakepassword false fc-your-api-key filtered',
    'fixme foo foo123 foobar foobarbaz grafana guest hadoop hello hello-world helloworld hidden hive hmac hunter2',
    'iloveyou incorrect insecure integer invalid invalidpassword jenkins jwt kafka kafka-secret key kibana kubernetes',
    'letmein local localhost localstack login manual mariadb masked minio minio123 minioadmin mock mongo mongodb',
    'monkey my-secret myapikey mykey mypass mypassword mysecret mysql mytoken n/a na nan new_password newpassword',
    'nexus nil no none not-a-real-key not-a-secret notasecret nothing notreal notsecret null number oauth oauth2',
    'obfuscated object off old_password oldpassword omitted on optional oracle p@55w0rd p@ssw0rd p@ssword1 pass pass1',
    'pass123 pass1234 passw0rd passwd password password1 password123 password123! password1234 password_here',
    'passwordsecret passwordtest pi placeholder plain plaintext postgres postgresql postmark_api_test private',
    'production protected public pwd pwd123 qux qwerty qwertyuiop rabbitmq readonly redacted redis removed required',
    'ro root root123 rootpassword rsa rw s3cr3t s3cret sa sample samplepassword scott scwxxxxxxxxxxxxxxxxx secret',
    'secret123 secret_key secretkey secretpassword sensitive server shhhhh sonar spark staging string stub',
    'super-secret supersecret superset sysdba tbd temp temporary test test1 test12 test123 test1234 tester testing',
    'testkey testpass testpassword testsecret testtest testtoken testuser text thepassword tiger todo token toor',
    'topsecret tr_dev_sk_xxxxxxxxxx true trustno1 ubuntu undefined unknown user user-secret user1 user123',
    'user_password username userpassword vagrant value vault very-secret verysecret verysecretpassword welcome world',
    'wrong wrongpassword yes utf-8 utf8 utf-16 latin1 latin-1 ascii iso-8859-1 not-needed notneeded sspi userpass id_rsa id_dsa id_ecdsa id_ed25519',
  ]
    .join(' ')
    .split(' '),
);
