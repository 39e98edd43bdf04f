package localaws

import (
	"encoding/base32"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
)

// idSource makes ids that look random and are the same in every run with the same seed. It is not safe for concurrent
// use.
type idSource struct {
	// source is where random stands.
	source  *rand.PCG
	random  *rand.Rand
	counter uint64
}

func newIDSource(seed uint64) *idSource {
	source := rand.NewPCG(seed+1, 2)
	return &idSource{source: source, random: rand.New(source)}
}

// fork makes the ids that follow depend on a seed too, and still on those that were given.
func (s *idSource) fork(seed uint64) { s.source.Seed(s.random.Uint64(), seed) }

func (s *idSource) bytes(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(s.random.Uint32())
	}
	return b
}

// uuid returns a version 4 UUID.
func (s *idSource) uuid() string {
	b := s.bytes(16)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b)
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// token returns n random bytes as hex.
func (s *idSource) token(n int) string { return hex.EncodeToString(s.bytes(n)) }

// keyID returns an id of 20 characters in the form of IAM's, e.g. ASIA....
func (s *idSource) keyID(prefix string) string {
	return prefix + base32.StdEncoding.EncodeToString(s.bytes(10))
}

// next counts up from 1.
func (s *idSource) next() uint64 {
	s.counter++
	return s.counter
}

func itoa(n int) string { return strconv.Itoa(n) }
