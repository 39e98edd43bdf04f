package wire

import (
	"math"
	"reflect"
	"strconv"
	"time"
)

// Timestamp is a moment, to the millisecond. CBOR and JSON carry it as seconds since 1970, the query protocol as ISO
// 8601; see https://smithy.io/2.0/spec/protocol-traits.html#timestampformat-trait.
type Timestamp struct{ time.Time }

var timestampType = reflect.TypeFor[Timestamp]()

// MarshalJSON implements json.Marshaler.
func (t Timestamp) MarshalJSON() ([]byte, error) {
	return strconv.AppendFloat(nil, t.seconds(), 'f', -1, 64), nil
}

func (t Timestamp) seconds() float64 { return float64(t.UnixMilli()) / 1000 }

// text is the moment as the query protocol writes it.
func (t Timestamp) text() string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// maxSeconds is the end of the year 9999.
const maxSeconds = 253402300799

// timestampOf returns the moment of a number of seconds; ok is false outside of the years 0 to 9999.
func timestampOf(seconds float64) (t Timestamp, ok bool) {
	if math.IsNaN(seconds) || seconds < -62167219200 || seconds > maxSeconds {
		return Timestamp{}, false
	}
	return Timestamp{time.UnixMilli(int64(math.Round(seconds * 1000))).UTC()}, true
}

// parseTimestamp reads the form of the query protocol.
func parseTimestamp(text string) (Timestamp, error) {
	t, err := time.Parse(time.RFC3339Nano, text)
	moment, ok := timestampOf(float64(t.UnixMilli()) / 1000)
	if err == nil && !ok {
		err = strconv.ErrRange
	}
	return moment, err
}

// finite reports whether a number can be written in every protocol.
func finite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }
