/* Checks many BIP-340 signatures as one sum of points. glue.c includes this file.
 *
 * The sum of c P over many points P: every c is written in signed digits, so it is the sum of 2^place D over the places, where D is the sum of
 * small odd multiples of those P that have a digit at this place. The points of all places are added in pairs, in affine form. An addition
 * then costs 6 multiplications instead of 11, because all pairs of a round share one inversion. At the end there is one doubling a place.
 *
 * Held: multiples of keys that sign often; see `struct author`. Everything here is public, so nothing takes constant time. */

/* A factor of a random sum is a1 + lambda a2, which needs 24 additions. a1 and a2 have exactly FACTOR_DIGITS digits, each 1 or -1, and no two
 * of them are neighbours. C(116, 12) > 2^52 choices of places and 2^12 of signs: 64 random bits choose one of 2^64 digit strings. Strings
 * without neighbours (non-adjacent forms) that differ are numbers that differ. These are below 2^126.5, so their differences are shorter than
 * any vector of the endomorphism's lattice, and pairs (a1, a2) that differ are factors that differ: 128 random bits, 2^128 factors. */
#define FACTOR_DIGITS 12
#define FACTOR_CHOICES 116

/* Digits have places 0 to 128. */
#define PLACES 129
/* Multiples up to 7 P of a key that is new, up to 127 P of one that is kept. */
#define WINDOW_NEW 4
#define WINDOW_KEPT 8
/* Digits of one of a number's two halves are at least a window apart. */
#define MAX_DIGITS(window) (2 * ((PLACES + (window) - 1) / (window)))
#define MAX_TERMS (MAX_SCHNORR * (2 * FACTOR_DIGITS + MAX_DIGITS(WINDOW_NEW)) + MAX_DIGITS(WINDOW_G))
/* With fewer pairs, their inversion costs more than it saves. */
#define MIN_PAIRS 32

/* Sets of authors, by their keys' last bits. In a set, the last place is for a key that signed in one good batch, with its point. When it
 * signs again, it moves to one of the others, with a table of multiples, in place of the one that was not used for longest. So strangers
 * who sign once do not displace authors who sign often. Keys of wrong signatures are never kept. Whoever displaces all authors, by valid
 * signatures of many keys, makes them as slow as new ones. */
#define SETS 256
#define WAYS 4
#define NEWCOMER (WAYS - 1)

struct author {
  unsigned char x[32];
  uint32_t used; /* The number of the batch that used it last; 0 where this place is empty. */
};
static struct author authors[SETS][WAYS];
static secp256k1_ge_storage kept[SETS][NEWCOMER][ECMULT_TABLE_SIZE(WINDOW_KEPT)];
static secp256k1_ge_storage newcomers[SETS];
static uint32_t batches = 0;

/* A key of the batch. */
struct signer {
  const unsigned char *x;
  int set;
  int way; /* WAYS where it is not known. */
  secp256k1_ge point; /* Of a key without a table. */
  secp256k1_scalar factor;
};

/* A table of odd multiples, of which a sum takes some; perhaps with x times beta, which makes them lambda times as much. */
struct source {
  const secp256k1_ge_storage *table;
  int beta;
};
struct digit {
  uint16_t source, place;
  int16_t value;
};
struct pair {
  secp256k1_ge *to;
  const secp256k1_ge *a, *b;
};

static uint64_t choose[FACTOR_CHOICES][FACTOR_DIGITS + 1];
static struct signer signers[MAX_SCHNORR];
static secp256k1_ge_storage nonces[MAX_SCHNORR][2];
static secp256k1_ge_storage multiples[MAX_SCHNORR][ECMULT_TABLE_SIZE(WINDOW_NEW)];
static struct source sources[MAX_SCHNORR * 4 + 2];
static struct digit digits[MAX_TERMS];
static int used_sources, used_digits;
/* Points to add; also the multiples of keys while their tables are made. */
static secp256k1_ge terms[MAX_TERMS];
_Static_assert(MAX_SCHNORR * (ECMULT_TABLE_SIZE(WINDOW_KEPT) + 1) <= MAX_TERMS, "tables are made in terms");
static struct pair pairs[MAX_TERMS / 2 + 1];
static secp256k1_fe gaps[MAX_TERMS / 2 + 1];
static secp256k1_fe products[MAX_TERMS / 2 + 2];
static enum { CHORD, TANGENT, TRIVIAL } kinds[MAX_TERMS / 2 + 1];

/* to = a + b for every pair, whatever the points are. `to` may be a point of this pair or of an earlier one. x has magnitude 1, y at most 2. */
static void add_pairs(int count) {
  secp256k1_fe inverse, slope, part;
  int at;
  if (count == 0) return;
  secp256k1_fe_set_int(&products[count], 1);
  for (at = count - 1; at >= 0; at--) {
    const secp256k1_ge *a = pairs[at].a, *b = pairs[at].b;
    secp256k1_fe *gap = &gaps[at];
    kinds[at] = TRIVIAL;
    products[at] = products[at + 1];
    if (a->infinity || b->infinity) continue;
    secp256k1_fe_negate(gap, &a->x, 1);
    secp256k1_fe_add(gap, &b->x);
    kinds[at] = CHORD;
    if (secp256k1_fe_normalizes_to_zero_var(gap)) {
      kinds[at] = TRIVIAL;
      secp256k1_fe_negate(&part, &a->y, 2);
      secp256k1_fe_add(&part, &b->y);
      if (!secp256k1_fe_normalizes_to_zero_var(&part)) continue;
      /* No point of this curve has a y of zero. */
      kinds[at] = TANGENT;
      *gap = a->y;
      secp256k1_fe_add(gap, &a->y);
    }
    secp256k1_fe_mul(&products[at], &products[at + 1], gap);
  }
  secp256k1_fe_inv_var(&inverse, &products[0]);
  for (at = 0; at < count; at++) {
    const secp256k1_ge *a = pairs[at].a, *b = pairs[at].b;
    secp256k1_ge sum;
    if (kinds[at] == TRIVIAL) {
      /* Without infinity on either side the points are opposite. */
      if (a->infinity) sum = *b;
      else if (b->infinity) sum = *a;
      else secp256k1_ge_set_infinity(&sum);
      *pairs[at].to = sum;
      continue;
    }
    if (kinds[at] == TANGENT) {
      secp256k1_fe_sqr(&slope, &a->x);
      secp256k1_fe_mul_int(&slope, 3);
    } else {
      secp256k1_fe_negate(&slope, &a->y, 2);
      secp256k1_fe_add(&slope, &b->y);
    }
    secp256k1_fe_mul(&part, &inverse, &products[at + 1]);
    secp256k1_fe_mul(&inverse, &inverse, &gaps[at]);
    secp256k1_fe_mul(&slope, &slope, &part);
    secp256k1_fe_sqr(&sum.x, &slope);
    secp256k1_fe_negate(&part, &a->x, 1);
    secp256k1_fe_add(&sum.x, &part);
    secp256k1_fe_negate(&part, &b->x, 1);
    secp256k1_fe_add(&sum.x, &part);
    secp256k1_fe_normalize_weak(&sum.x);
    secp256k1_fe_negate(&part, &sum.x, 1);
    secp256k1_fe_add(&part, &a->x);
    secp256k1_fe_mul(&sum.y, &slope, &part);
    secp256k1_fe_negate(&part, &a->y, 2);
    secp256k1_fe_add(&sum.y, &part);
    secp256k1_fe_normalize_weak(&sum.y);
    sum.infinity = 0;
    *pairs[at].to = sum;
  }
}

static void pair_up(int at, secp256k1_ge *to, const secp256k1_ge *a, const secp256k1_ge *b) {
  pairs[at].to = to;
  pairs[at].a = a;
  pairs[at].b = b;
}

/* P, 3P, 5P and so on, `size` of them (a power of two), for `count` points. Takes them from the first of size + 1 terms each; the last one is
 * an even multiple, by which a table grows to twice its length. */
static void odd_multiples(int count, int size) {
  int done, key, at, used;
  for (done = 0; done < size; done = done == 0 ? 1 : 2 * done) {
    used = 0;
    for (key = 0; key < count; key++) {
      secp256k1_ge *table = &terms[key * (size + 1)];
      secp256k1_ge *step = &table[size];
      if (done == 0) *step = table[0];
      for (at = 0; at < done; at++) pair_up(used++, &table[done + at], &table[at], step);
      if (2 * done < size) pair_up(used++, step, step, step);
    }
    add_pairs(used);
  }
}

static int add_source(const secp256k1_ge_storage *table, int beta) {
  sources[used_sources].table = table;
  sources[used_sources].beta = beta;
  return used_sources++;
}

static void add_digit(int source, int place, int value) {
  digits[used_digits].source = (uint16_t)source;
  digits[used_digits].place = (uint16_t)place;
  digits[used_digits].value = (int16_t)value;
  used_digits++;
}

/* Adds the digits of a number below 2^128, or of one whose negative is. */
static void add_number(int source, const secp256k1_scalar *number, int window) {
  int wnaf[PLACES];
  int size = secp256k1_ecmult_wnaf(wnaf, PLACES, number, window);
  int place;
  for (place = 0; place < size; place++) {
    if (wnaf[place] != 0) add_digit(source, place, wnaf[place]);
  }
}

/* One half of a factor, chosen by 8 random bytes. Its negative's digits are added. */
static void add_factor(secp256k1_scalar *half, const unsigned char *random, int source) {
  uint64_t rank = 0, plus[2] = {0, 0}, minus[2] = {0, 0};
  secp256k1_scalar less;
  unsigned char bytes[32];
  int at, signs, choice = FACTOR_CHOICES - 1;
  for (at = 0; at < 8; at++) rank = rank << 8 | random[at];
  signs = (int)(rank >> 52);
  rank &= ((uint64_t)1 << 52) - 1;
  for (at = FACTOR_DIGITS; at > 0; at--) {
    int place;
    uint64_t *part;
    while (choose[choice][at] > rank) choice--;
    rank -= choose[choice][at];
    /* One place more for each digit below it, so that no two are neighbours. */
    place = choice + at - 1;
    part = signs >> (at - 1) & 1 ? minus : plus;
    part[place >> 6] |= (uint64_t)1 << (place & 63);
    add_digit(source, place, part == plus ? -1 : 1);
    choice--;
  }
  memset(bytes, 0, 16);
  secp256k1_write_be64(bytes + 16, plus[1]);
  secp256k1_write_be64(bytes + 24, plus[0]);
  secp256k1_scalar_set_b32(half, bytes, 0);
  secp256k1_write_be64(bytes + 16, minus[1]);
  secp256k1_write_be64(bytes + 24, minus[0]);
  secp256k1_scalar_set_b32(&less, bytes, 0);
  secp256k1_scalar_negate(&less, &less);
  secp256k1_scalar_add(half, half, &less);
}

/* The sum of all digits' points: sorts them by place, then adds. */
static void sum_up(secp256k1_gej *sum) {
  int start[PLACES + 1], size[PLACES];
  int at, place, used;
  memset(size, 0, sizeof size);
  for (at = 0; at < used_digits; at++) size[digits[at].place]++;
  start[0] = 0;
  for (place = 0; place < PLACES; place++) {
    start[place + 1] = start[place] + size[place];
    size[place] = 0;
  }
  for (at = 0; at < used_digits; at++) {
    const struct source *source = &sources[digits[at].source];
    int value = digits[at].value;
    secp256k1_ge *term = &terms[start[digits[at].place] + size[digits[at].place]++];
    secp256k1_ge_from_storage(term, &source->table[((value < 0 ? -value : value) - 1) / 2]);
    if (source->beta) secp256k1_fe_mul(&term->x, &term->x, &secp256k1_const_beta);
    if (value < 0) secp256k1_fe_negate(&term->y, &term->y, 1);
  }
  for (;;) {
    used = 0;
    for (place = 0; place < PLACES; place++) {
      secp256k1_ge *some = &terms[start[place]];
      for (at = 0; at + 1 < size[place]; at += 2) pair_up(used++, &some[at / 2], &some[at], &some[at + 1]);
    }
    if (used < MIN_PAIRS) break;
    add_pairs(used);
    for (place = 0; place < PLACES; place++) {
      secp256k1_ge *some = &terms[start[place]];
      if (size[place] & 1) some[size[place] / 2] = some[size[place] - 1];
      size[place] = (size[place] + 1) / 2;
    }
  }
  secp256k1_gej_set_infinity(sum);
  for (place = PLACES - 1; place >= 0; place--) {
    secp256k1_gej_double_var(sum, sum, NULL);
    for (at = 0; at < size[place]; at++) secp256k1_gej_add_ge_var(sum, sum, &terms[start[place] + at], NULL);
  }
}

/* The signer of the batch with this key. `used` is how many there are. 0 where no point has this x. */
static struct signer *signer_of(const unsigned char *x, int *used) {
  struct signer *signer;
  secp256k1_fe field;
  int at;
  for (at = 0; at < *used; at++) {
    if (memcmp(signers[at].x, x, 32) == 0) return &signers[at];
  }
  signer = &signers[*used];
  signer->x = x;
  signer->set = x[31] % SETS;
  secp256k1_scalar_set_int(&signer->factor, 0);
  for (at = 0; at < WAYS; at++) {
    const struct author *author = &authors[signer->set][at];
    if (author->used != 0 && memcmp(author->x, x, 32) == 0) break;
  }
  signer->way = at;
  if (at == NEWCOMER) secp256k1_ge_from_storage(&signer->point, &newcomers[signer->set]);
  if (at == WAYS) {
    if (!secp256k1_fe_set_b32_limit(&field, x)) return 0;
    if (!secp256k1_ge_set_xo_var(&signer->point, &field, 0)) return 0;
  }
  (*used)++;
  return signer;
}

/* Adds every signer's point times its factor. */
static void add_signers(int count) {
  const int size = ECMULT_TABLE_SIZE(WINDOW_NEW);
  int at, entry, fresh = 0;
  for (at = 0; at < count; at++) {
    if (signers[at].way >= NEWCOMER) terms[fresh++ * (size + 1)] = signers[at].point;
  }
  odd_multiples(fresh, size);
  fresh = 0;
  for (at = 0; at < count; at++) {
    const struct signer *signer = &signers[at];
    const secp256k1_ge_storage *table;
    int window;
    secp256k1_scalar low, high;
    if (signer->way < NEWCOMER) {
      table = kept[signer->set][signer->way];
      window = WINDOW_KEPT;
    } else {
      for (entry = 0; entry < size; entry++) {
        secp256k1_ge_to_storage(&multiples[fresh][entry], &terms[fresh * (size + 1) + entry]);
      }
      table = multiples[fresh++];
      window = WINDOW_NEW;
    }
    secp256k1_scalar_split_lambda(&low, &high, &signer->factor);
    add_number(add_source(table, 0), &low, window);
    add_number(add_source(table, 1), &high, window);
  }
}

static void keep(int set, int way, const unsigned char *x) {
  memcpy(authors[set][way].x, x, 32);
  authors[set][way].used = batches;
}

/* After a good batch: remembers its signers, as `struct author` tells. */
static void remember(int count) {
  const int size = ECMULT_TABLE_SIZE(WINDOW_KEPT);
  int at, entry, again = 0;
  if (++batches == 0) batches = 1;
  for (at = 0; at < count; at++) {
    const struct signer *signer = &signers[at];
    if (signer->way < NEWCOMER) authors[signer->set][signer->way].used = batches;
    if (signer->way == NEWCOMER) terms[again++ * (size + 1)] = signer->point;
  }
  odd_multiples(again, size);
  again = 0;
  for (at = 0; at < count; at++) {
    const struct signer *signer = &signers[at];
    int way, oldest = 0;
    if (signer->way != NEWCOMER) continue;
    for (way = 1; way < NEWCOMER; way++) {
      if (authors[signer->set][way].used < authors[signer->set][oldest].used) oldest = way;
    }
    for (entry = 0; entry < size; entry++) {
      secp256k1_ge_to_storage(&kept[signer->set][oldest][entry], &terms[again * (size + 1) + entry]);
    }
    again++;
    keep(signer->set, oldest, signer->x);
  }
  for (at = 0; at < count; at++) {
    const struct signer *signer = &signers[at];
    if (signer->way != WAYS) continue;
    keep(signer->set, NEWCOMER, signer->x);
    secp256k1_ge_to_storage(&newcomers[signer->set], &signer->point);
  }
}

/* What is kept of the key at `x`: 2 a table, 1 its point, 0 nothing. */
static int known(const unsigned char *x) {
  int used = 0;
  const struct signer *signer = signer_of(x, &used);
  return signer == 0 || signer->way == WAYS ? 0 : signer->way == NEWCOMER ? 1 : 2;
}

/* Before the first batch. */
static void start_batches(void) {
  int from, take;
  for (from = 0; from < FACTOR_CHOICES; from++) {
    choose[from][0] = 1;
    for (take = 1; take <= FACTOR_DIGITS; take++) {
      choose[from][take] = from == 0 ? 0 : choose[from - 1][take - 1] + choose[from - 1][take];
    }
  }
}

/* Whether all signatures are good: of each 128 bytes of message, key, r and s, and 16 random bytes. */
static int all_good(const unsigned char *entries, const unsigned char *random, int count) {
  secp256k1_scalar of_g, factor, high, part;
  secp256k1_fe x;
  secp256k1_ge nonce;
  secp256k1_gej sum;
  int at, over, used_signers = 0;
  used_sources = used_digits = 0;
  secp256k1_scalar_set_int(&of_g, 0);
  for (at = 0; at < count; at++, entries += SCHNORR_BYTES, random += 16) {
    struct signer *signer = signer_of(entries + 32, &used_signers);
    secp256k1_scalar_set_b32(&part, entries + 96, &over);
    if (signer == 0 || over || !secp256k1_fe_set_b32_limit(&x, entries + 64)) return 0;
    if (!secp256k1_ge_set_xo_var(&nonce, &x, 0)) return 0;
    secp256k1_ge_to_storage(&nonces[at][0], &nonce);
    secp256k1_fe_mul(&nonce.x, &nonce.x, &secp256k1_const_beta);
    secp256k1_ge_to_storage(&nonces[at][1], &nonce);
    add_factor(&factor, random, add_source(&nonces[at][0], 0));
    add_factor(&high, random + 8, add_source(&nonces[at][1], 0));
    secp256k1_scalar_mul(&high, &high, &secp256k1_const_lambda);
    secp256k1_scalar_add(&factor, &factor, &high);
    secp256k1_scalar_mul(&part, &part, &factor);
    secp256k1_scalar_add(&of_g, &of_g, &part);
    secp256k1_schnorrsig_challenge(&part, entries + 64, entries, 32, entries + 32);
    secp256k1_scalar_mul(&part, &part, &factor);
    secp256k1_scalar_negate(&part, &part);
    secp256k1_scalar_add(&signer->factor, &signer->factor, &part);
  }
  add_signers(used_signers);
  secp256k1_scalar_split_128(&part, &high, &of_g);
  add_number(add_source(secp256k1_pre_g, 0), &part, WINDOW_G);
  add_number(add_source(secp256k1_pre_g_128, 0), &high, WINDOW_G);
  sum_up(&sum);
  if (!secp256k1_gej_is_infinity(&sum)) return 0;
  remember(used_signers);
  return 1;
}
