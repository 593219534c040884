/* What protocols/secp256k1/curve.ts calls: libsecp256k1 in one translation unit, with one fixed buffer for what goes in and out, no heap that grows,
 * and no imports. Built by build.ts; docs/decisions tells why we build it. */
#define SECP256K1_BUILD
#include "src/precomputed_ecmult.c"
#include "src/precomputed_ecmult_gen.c"
#include "src/secp256k1.c"

#define EXPORT(name) __attribute__((export_name(name)))

/* The most claims of one batch; curve.ts has the same number. */
#define MAX_BATCH 64
/* Of one entry of a batch: digest, r, s, parity of R's y, 16 random bytes. */
#define ENTRY_BYTES 113

/* The most BIP-340 signatures of one batch; curve.ts has the same numbers. */
#define MAX_SCHNORR 64
/* Of one of them: message, public key, signature. */
#define SCHNORR_BYTES 128
#define RANDOM_AT 32768

/* Only the context is ever allocated, once. */
static unsigned char heap[4096] __attribute__((aligned(16)));
static size_t heap_used = 0;
static secp256k1_context *context = 0;
static unsigned char buffer[65536];

void *malloc(size_t size) {
  void *piece = heap + heap_used;
  heap_used += (size + 15) & ~(size_t)15;
  if (heap_used > sizeof heap) __builtin_trap();
  return piece;
}
void free(void *piece) { (void)piece; }
void abort(void) { __builtin_trap(); }

#define PLAIN __attribute__((no_builtin))
PLAIN void *memcpy(void *to, const void *from, size_t size) {
  unsigned char *a = to;
  const unsigned char *b = from;
  while (size--) *a++ = *b++;
  return to;
}
PLAIN void *memset(void *to, int byte, size_t size) {
  unsigned char *a = to;
  while (size--) *a++ = (unsigned char)byte;
  return to;
}
PLAIN int memcmp(const void *x, const void *y, size_t size) {
  const unsigned char *a = x, *b = y;
  for (; size--; a++, b++) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}
PLAIN size_t strlen(const char *text) {
  size_t size = 0;
  while (text[size]) size++;
  return size;
}

static void wipe(void *at, size_t size) {
  volatile unsigned char *byte = at;
  while (size--) *byte++ = 0;
}

#include "schnorr_batch.h"

EXPORT("buffer") unsigned char *buffer_at(void) { return buffer; }

/* Once, first. */
EXPORT("start") void start(void) {
  context = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
  start_batches();
}

/* 0: 32 random bytes, which blind the multiplications with secrets from here on. */
EXPORT("blind") void blind(void) {
  if (!secp256k1_context_randomize(context, buffer)) __builtin_trap();
  wipe(buffer, 32);
}

/* 0: secret key. 1 where it is one. */
EXPORT("is_key") int is_key(void) {
  int good = secp256k1_ec_seckey_verify(context, buffer);
  wipe(buffer, 32);
  return good;
}

static int put_point(secp256k1_gej *pointj, unsigned char *to) {
  secp256k1_ge point;
  if (secp256k1_gej_is_infinity(pointj)) return 0;
  secp256k1_ge_set_gej(&point, pointj);
  secp256k1_fe_normalize(&point.x);
  secp256k1_fe_normalize(&point.y);
  secp256k1_fe_get_b32(to, &point.x);
  secp256k1_fe_get_b32(to + 32, &point.y);
  return 1;
}

/* 0: secret key. Its point's x and y to 64. */
EXPORT("point_of") int point_of(void) {
  secp256k1_scalar key;
  secp256k1_gej point;
  int good = secp256k1_scalar_set_b32_seckey(&key, buffer);
  wipe(buffer, 32);
  if (good) secp256k1_ecmult_gen(&context->ecmult_gen_ctx, &point, &key);
  secp256k1_scalar_clear(&key);
  return good && put_point(&point, buffer + 64);
}

/* 0: secret key, 32: digest. r, s (the lower) and the recovery id to 64. RFC 6979. */
EXPORT("sign") int sign(void) {
  secp256k1_ecdsa_recoverable_signature signature;
  int id = 0;
  int good = secp256k1_ecdsa_sign_recoverable(context, &signature, buffer + 32, buffer, 0, 0);
  wipe(buffer, 32);
  if (!good) return 0;
  secp256k1_ecdsa_recoverable_signature_serialize_compact(context, buffer + 64, &id, &signature);
  buffer[128] = (unsigned char)id;
  return 1;
}

/* 0: secret key, 32: digest, 64: r, s and recovery id. 1 where that key gives this signature: ((digest + r key) / s) G has r as its
 * x, and y's parity. The factor is the signature's secret nonce: computed in constant time, and wiped. s is public. */
EXPORT("signed_by") int signed_by(void) {
  secp256k1_scalar key, digest, r, s, factor;
  secp256k1_gej point;
  int overflow = 0, over;
  int good = secp256k1_scalar_set_b32_seckey(&key, buffer);
  wipe(buffer, 32);
  secp256k1_scalar_set_b32(&digest, buffer + 32, 0);
  secp256k1_scalar_set_b32(&r, buffer + 64, &over);
  overflow |= over;
  secp256k1_scalar_set_b32(&s, buffer + 96, &over);
  overflow |= over;
  good &= !overflow && !secp256k1_scalar_is_zero(&r) && !secp256k1_scalar_is_zero(&s) &&
    !secp256k1_scalar_is_high(&s) && buffer[128] < 2;
  if (good) {
    secp256k1_scalar_inverse_var(&s, &s);
    secp256k1_scalar_mul(&factor, &r, &key);
    secp256k1_scalar_add(&factor, &factor, &digest);
    secp256k1_scalar_mul(&factor, &factor, &s);
    secp256k1_ecmult_gen(&context->ecmult_gen_ctx, &point, &factor);
    secp256k1_scalar_clear(&factor);
    good = put_point(&point, buffer + 192) && memcmp(buffer + 192, buffer + 64, 32) == 0 &&
      (buffer[255] & 1) == buffer[128];
  }
  secp256k1_scalar_clear(&key);
  return good;
}

/* 32: digest, 64: r, s and recovery id (0 or 1). The signer's x and y to 192. */
EXPORT("recover") int recover(void) {
  secp256k1_scalar r, s, digest;
  secp256k1_ge point;
  int over_r, over_s;
  secp256k1_scalar_set_b32(&r, buffer + 64, &over_r);
  secp256k1_scalar_set_b32(&s, buffer + 96, &over_s);
  if (over_r || over_s || buffer[128] > 1) return 0;
  secp256k1_scalar_set_b32(&digest, buffer + 32, 0);
  if (!secp256k1_ecdsa_sig_recover(&r, &s, &point, &digest, buffer[128])) return 0;
  secp256k1_fe_normalize(&point.x);
  secp256k1_fe_normalize(&point.y);
  secp256k1_fe_get_b32(buffer + 192, &point.x);
  secp256k1_fe_get_b32(buffer + 224, &point.y);
  return 1;
}

static secp256k1_scalar inverses[MAX_BATCH + 1];
static secp256k1_scalar factors[MAX_BATCH + 1];
static secp256k1_gej points[MAX_BATCH + 1];
static secp256k1_fe aux[(MAX_BATCH + 1) * ECMULT_TABLE_SIZE(WINDOW_A)];
static secp256k1_ge pre_a[(MAX_BATCH + 1) * ECMULT_TABLE_SIZE(WINDOW_A)];
static struct secp256k1_strauss_point_state states[MAX_BATCH + 1];

/* Whether every entry's signature recovers to one point: its x and y at 0, entries from 64 (ENTRY_BYTES each).
 *
 * A signature (r, s, parity) of digest z by P says R = (z/s) G + (r/s) P, where R is the point with that x and parity. With a random
 * factor a for each, sum(a R) = sum(a z/s) G + sum(a r/s) P. One that is false makes the sums equal with a chance of 2^-128. A
 * factor is a1 + lambda a2 with 64 bits each, which the curve's endomorphism takes apart again: half the doublings. */
EXPORT("recover_to") int recover_to(int count) {
  secp256k1_scalar of_g, of_p, all, low, high;
  secp256k1_fe x, y;
  secp256k1_ge point;
  secp256k1_gej sum;
  struct secp256k1_strauss_state state;
  int at;
  if (count < 1 || count > MAX_BATCH) return 0;
  if (!secp256k1_fe_set_b32_limit(&x, buffer) || !secp256k1_fe_set_b32_limit(&y, buffer + 32)) return 0;
  secp256k1_ge_set_xy(&point, &x, &y);
  if (!secp256k1_ge_is_valid_var(&point)) return 0;
  secp256k1_gej_set_ge(&points[count], &point);
  /* One inversion for all: factors[i] is the product of every s up to i. */
  secp256k1_scalar_set_int(&all, 1);
  for (at = 0; at < count; at++) {
    const unsigned char *entry = buffer + 64 + at * ENTRY_BYTES;
    int over;
    secp256k1_scalar_set_b32(&inverses[at], entry + 64, &over);
    if (over || secp256k1_scalar_is_zero(&inverses[at])) return 0;
    factors[at] = all;
    secp256k1_scalar_mul(&all, &all, &inverses[at]);
  }
  secp256k1_scalar_inverse_var(&all, &all);
  for (at = count - 1; at >= 0; at--) {
    secp256k1_scalar s = inverses[at];
    secp256k1_scalar_mul(&inverses[at], &all, &factors[at]);
    secp256k1_scalar_mul(&all, &all, &s);
  }
  secp256k1_scalar_set_int(&of_g, 0);
  secp256k1_scalar_set_int(&of_p, 0);
  for (at = 0; at < count; at++) {
    const unsigned char *entry = buffer + 64 + at * ENTRY_BYTES;
    unsigned char part[32];
    secp256k1_scalar r, z, product;
    int over;
    secp256k1_scalar_set_b32(&r, entry + 32, &over);
    if (over || secp256k1_scalar_is_zero(&r) || entry[96] > 1) return 0;
    if (!secp256k1_fe_set_b32_limit(&x, entry + 32)) return 0;
    if (!secp256k1_ge_set_xo_var(&point, &x, entry[96])) return 0;
    secp256k1_gej_set_ge(&points[at], &point);
    memset(part, 0, 32);
    memcpy(part + 24, entry + 97, 8);
    secp256k1_scalar_set_b32(&low, part, 0);
    memcpy(part + 24, entry + 105, 8);
    secp256k1_scalar_set_b32(&high, part, 0);
    secp256k1_scalar_mul(&high, &high, &secp256k1_const_lambda);
    secp256k1_scalar_add(&low, &low, &high);
    secp256k1_scalar_mul(&product, &low, &inverses[at]);
    secp256k1_scalar_set_b32(&z, entry, 0);
    secp256k1_scalar_mul(&z, &z, &product);
    secp256k1_scalar_add(&of_g, &of_g, &z);
    secp256k1_scalar_mul(&r, &r, &product);
    secp256k1_scalar_add(&of_p, &of_p, &r);
    secp256k1_scalar_negate(&factors[at], &low);
  }
  factors[count] = of_p;
  state.aux = aux;
  state.pre_a = pre_a;
  state.ps = states;
  secp256k1_ecmult_strauss_wnaf(&state, &sum, (size_t)count + 1, points, factors, &of_g);
  return secp256k1_gej_is_infinity(&sum);
}

/* 0: message, 32: x of the public key, 64: signature. BIP-340. */
EXPORT("schnorr_by") int schnorr_by(void) {
  secp256k1_xonly_pubkey key;
  return secp256k1_xonly_pubkey_parse(context, &key, buffer + 32) &&
    secp256k1_schnorrsig_verify(context, buffer + 64, buffer, 32, &key);
}

/* Whether every entry is a BIP-340 signature: from 0 message, x of the public key, r and s (SCHNORR_BYTES each), from RANDOM_AT 16 random
 * bytes each.
 *
 * A signature (r, s) of message m by P says s G = R + e P, where R and P are the points with those x and an even y, and e is the
 * challenge of r, P and m. With a random factor a for each, sum(a s) G = sum(a R) + sum(a e P). One that is false makes the sums
 * equal with a chance of 2^-128. What one key signed shares a point: half the additions. */
EXPORT("schnorr_all") int schnorr_all(int count) {
  if (count < 1 || count > MAX_SCHNORR) return 0;
  return all_good(buffer, buffer + RANDOM_AT, count);
}

/* 0: x of a public key. What batches keep of it: 2 multiples, 1 its point, 0 nothing. For tests: no verdict depends on it. */
EXPORT("known") int known_key(void) { return known(buffer); }

/* 0: secret key, 32: message, 64: 32 random bytes. The BIP-340 signature to 128. */
EXPORT("schnorr_sign") int schnorr_sign(void) {
  secp256k1_keypair pair;
  int good = secp256k1_keypair_create(context, &pair, buffer) &&
    secp256k1_schnorrsig_sign32(context, buffer + 128, buffer + 32, &pair, buffer + 64);
  wipe(&pair, sizeof pair);
  wipe(buffer, 32);
  wipe(buffer + 64, 32);
  return good;
}

/* 0: key of 32 bytes. HMAC-SHA-256 of `size` bytes from 1024 on, to 0. */
EXPORT("hmac") void hmac(int size) {
  secp256k1_hmac_sha256 state;
  if (size < 0 || size > (int)sizeof buffer - 1024) __builtin_trap();
  secp256k1_hmac_sha256_initialize(&state, buffer, 32);
  secp256k1_hmac_sha256_write(&state, buffer + 1024, (size_t)size);
  secp256k1_hmac_sha256_finalize(&state, buffer);
  wipe(&state, sizeof state);
}

static const uint64_t ROUND[24] = {
  0x0000000000000001ull, 0x0000000000008082ull, 0x800000000000808aull, 0x8000000080008000ull, 0x000000000000808bull,
  0x0000000080000001ull, 0x8000000080008081ull, 0x8000000000008009ull, 0x000000000000008aull, 0x0000000000000088ull,
  0x0000000080008009ull, 0x000000008000000aull, 0x000000008000808bull, 0x800000000000008bull, 0x8000000000008089ull,
  0x8000000000008003ull, 0x8000000000008002ull, 0x8000000000000080ull, 0x000000000000800aull, 0x800000008000000aull,
  0x8000000080008081ull, 0x8000000000008080ull, 0x0000000080000001ull, 0x8000000080008008ull,
};

#define TURN(word, by) (((word) << (by)) | ((word) >> (64 - (by))))

static void keccak_f(uint64_t *a) {
  static const int lane[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};
  static const int by[24] = {1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44};
  uint64_t c[5], held;
  int round, x, y;
  for (round = 0; round < 24; round++) {
#pragma unroll
    for (x = 0; x < 5; x++) c[x] = a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20];
#pragma unroll
    for (x = 0; x < 5; x++) {
      held = c[(x + 4) % 5] ^ TURN(c[(x + 1) % 5], 1);
#pragma unroll
      for (y = 0; y < 25; y += 5) a[y + x] ^= held;
    }
    held = a[1];
#pragma unroll
    for (x = 0; x < 24; x++) {
      uint64_t next = a[lane[x]];
      a[lane[x]] = TURN(held, by[x]);
      held = next;
    }
#pragma unroll
    for (y = 0; y < 25; y += 5) {
      uint64_t r0 = a[y], r1 = a[y + 1], r2 = a[y + 2], r3 = a[y + 3], r4 = a[y + 4];
      a[y] = r0 ^ (~r1 & r2);
      a[y + 1] = r1 ^ (~r2 & r3);
      a[y + 2] = r2 ^ (~r3 & r4);
      a[y + 3] = r3 ^ (~r4 & r0);
      a[y + 4] = r4 ^ (~r0 & r1);
    }
    a[0] ^= ROUND[round];
  }
}

static uint64_t sponge[25];
static int filled = 0;

/* Takes `size` bytes from 1024 on into the hash under way. */
EXPORT("absorb") void absorb(int size) {
  unsigned char *bytes = (unsigned char *)sponge;
  const unsigned char *from = buffer + 1024;
  if (size < 0 || size > (int)sizeof buffer - 1024) __builtin_trap();
  for (; size > 0; size--) {
    bytes[filled++] ^= *from++;
    if (filled == 136) {
      keccak_f(sponge);
      filled = 0;
    }
  }
}

/* Keccak-256 of what was absorbed, to 0; the next hash begins. WebAssembly is little-endian, as Keccak's lanes are. */
EXPORT("squeeze") void squeeze(void) {
  unsigned char *bytes = (unsigned char *)sponge;
  bytes[filled] ^= 1;
  bytes[135] ^= 0x80;
  keccak_f(sponge);
  memcpy(buffer, sponge, 32);
  memset(sponge, 0, sizeof sponge);
  filled = 0;
}
