package wire

import "math"

// Major types of CBOR, https://www.rfc-editor.org/rfc/rfc8949.html#section-3.1.
const (
	cborUint = iota
	cborNegative
	cborBytes
	cborText
	cborList
	cborMap
	cborTag
	cborSimple
)

// Additional information of CBOR's first bytes.
const (
	cborFalse      = 20
	cborTrue       = 21
	cborNull       = 22
	cborUndefined  = 23
	cborHalf       = 25
	cborSingle     = 26
	cborDouble     = 27
	cborIndefinite = 31
	// cborEpoch is the tag of seconds since 1970.
	cborEpoch = 1
)

// cborHead is the beginning of a data item: what it is, and its argument (value, length or bits).
type cborHead struct {
	major, info byte
	arg         uint64
}

func (h cborHead) null() bool {
	return h.major == cborSimple && (h.info == cborNull || h.info == cborUndefined)
}

// head reads the beginning of the next item.
func (r *cborReader) head() (cborHead, error) {
	if r.at >= len(r.data) {
		return cborHead{}, notCBOR
	}
	first := r.data[r.at]
	h := cborHead{major: first >> 5, info: first & 31}
	r.at++
	switch {
	case h.info < 24:
		h.arg = uint64(h.info)
		return h, nil
	case h.info == cborIndefinite && h.major >= cborBytes && h.major != cborTag:
		return h, nil
	case h.info > cborDouble:
		return h, notCBOR
	}
	size := 1 << (h.info - 24)
	if len(r.data)-r.at < size {
		return h, notCBOR
	}
	for _, b := range r.data[r.at : r.at+size] {
		h.arg = h.arg<<8 | uint64(b)
	}
	r.at += size
	return h, nil
}

// integer returns the value of a whole number that has room in so many bits.
func (h cborHead) integer(bits int) (int64, bool) {
	if h.major > cborNegative || h.arg > math.MaxInt64>>(64-bits) {
		return 0, false
	}
	if h.major == cborNegative {
		return -1 - int64(h.arg), true
	}
	return int64(h.arg), true
}

// float returns the value of any number.
func (h cborHead) float() (float64, bool) {
	switch {
	case h.major == cborUint:
		return float64(h.arg), true
	case h.major == cborNegative:
		return -1 - float64(h.arg), true
	case h.major != cborSimple:
		return 0, false
	}
	switch h.info {
	case cborHalf:
		return halfFloat(uint16(h.arg)), true
	case cborSingle:
		return float64(math.Float32frombits(uint32(h.arg))), true
	case cborDouble:
		return math.Float64frombits(h.arg), true
	default:
		return 0, false
	}
}

// halfFloat returns the value of a number of 16 bits, https://www.rfc-editor.org/rfc/rfc8949.html#section-appendix.d.
func halfFloat(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&1023)
	value := math.Ldexp(fraction+1024, exponent-25)
	switch {
	case exponent == 0:
		value = math.Ldexp(fraction, -24)
	case exponent == 31 && fraction == 0:
		value = math.Inf(1)
	case exponent == 31:
		value = math.NaN()
	}
	if bits>>15 == 1 {
		return -value
	}
	return value
}

// found tells what stands where something else should.
func (h cborHead) found() byte {
	switch {
	case h.major == cborText || h.major == cborBytes:
		return '"'
	case h.major == cborSimple && h.info == cborTrue:
		return 't'
	case h.major == cborSimple && h.info == cborFalse:
		return 'f'
	default:
		return '0'
	}
}
