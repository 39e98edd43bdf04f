package wire_test

import (
	"bytes"
	"encoding/hex"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

func fromHex(t *testing.T, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestCBORIsWrittenAndReadAgain: numbers are those of appendix A of RFC 8949, in the forms that SDKs send.
func TestCBORIsWrittenAndReadAgain(t *testing.T) {
	want := full()
	var got input
	if err := wire.DecodeCBOR(wire.EncodeCBOR(&want), &got); err != nil {
		t.Fatal(err)
	}
	wantSame(t, want, got)
}

func TestCBORNumbers(t *testing.T) {
	type numbers struct {
		N int64
		F float64
	}
	for text, want := range map[string]numbers{
		"a1 614e 00":                       {N: 0},
		"a1 614e 17":                       {N: 23},
		"a1 614e 1818":                     {N: 24},
		"a1 614e 1903e8":                   {N: 1000},
		"a1 614e 1a000f4240":               {N: 1000000},
		"a1 614e 1b000000e8d4a51000":       {N: 1000000000000},
		"a1 614e 1b7fffffffffffffff":       {N: math.MaxInt64},
		"a1 614e 3b7fffffffffffffff":       {N: math.MinInt64},
		"a1 614e 3903e7":                   {N: -1000},
		"a1 6146 f93c00":                   {F: 1},
		"a1 6146 f93e00":                   {F: 1.5},
		"a1 6146 f97bff":                   {F: 65504},
		"a1 6146 f90001":                   {F: 5.960464477539063e-8},
		"a1 6146 f90400":                   {F: 0.00006103515625},
		"a1 6146 f9c400":                   {F: -4},
		"a1 6146 fa47c35000":               {F: 100000},
		"a1 6146 fbc010666666666666":       {F: -4.1},
		"a1 6146 1903e8":                   {F: 1000},
		"a1 6146 3863":                     {F: -100},
		"bf 614e 01 6146 02 ff":            {N: 1, F: 2},
		"a2 614e f6 6146 f7":               {},
		"a2 6158 d818 9f 01 a0 ff 614e 05": {N: 5},
	} {
		var got numbers
		if err := wire.DecodeCBOR(fromHex(t, text), &got); err != nil || got != want {
			t.Errorf("%s: read %+v (%v), want %+v", text, got, err, want)
		}
	}
	for _, n := range []int64{0, 23, 24, 255, 256, 65535, 65536, 1 << 32, math.MaxInt64, -1, -25, math.MinInt64} {
		var got numbers
		if err := wire.DecodeCBOR(wire.EncodeCBOR(&numbers{N: n}), &got); err != nil || got.N != n {
			t.Errorf("%d was read again as %d (%v)", n, got.N, err)
		}
	}
}

func TestCBORAsItIsWritten(t *testing.T) {
	type inner struct {
		Value float64
	}
	type answer struct {
		Name  string
		At    wire.Timestamp
		On    bool
		Items []inner
		Map   map[string]int
		None  *int
		Empty string `json:",omitempty"`
	}
	got := wire.EncodeCBOR(&answer{
		Name: "é", At: wire.Timestamp{Time: time.Unix(1, 5e8)}, Items: []inner{{1.5}}, Map: map[string]int{"b": -1, "a": 2},
	})
	want := fromHex(t, "a5 644e616d65 62c3a9 624174 c1fb3ff8000000000000 624f6e f4"+
		" 654974656d73 81a16556616c7565fb3ff8000000000000 634d6170 a2616102616220")
	if !bytes.Equal(got, want) {
		t.Errorf("wrote %x, want %x", got, want)
	}
}

func TestCBORThatIsRefused(t *testing.T) {
	for name, test := range map[string]struct{ body, want string }{
		"a list":                {"80", "Unexpected value type in payload"},
		"cut off":               {"a1 6442", "not valid CBOR"},
		"cut off in a number":   {"a1 65436f756e74 19 01", "not valid CBOR"},
		"without an end":        {"bf", "not valid CBOR"},
		"more behind it":        {"a0 00", "not valid CBOR"},
		"reserved length":       {"a1 64426f6479 7c", "not valid CBOR"},
		"a key that is no text": {"a1 01 01", "not valid CBOR"},
		"text that is no UTF-8": {"a1 64426f6479 61ff", "not valid CBOR"},
		"longer than it is":     {"a1 64426f6479 7b7fffffffffffffff", "not valid CBOR"},
		"pieces of two kinds":   {"a1 64426f6479 7f4100ff", "not valid CBOR"},
		"number for text":       {"a1 64426f6479 01", "NUMBER_VALUE can not be converted to a String"},
		"text for number":       {"a1 65436f756e74 6131", "STRING_VALUE can not be converted to an Integer"},
		"a fraction for number": {"a1 65436f756e74 f93e00", "can not be converted to an Integer"},
		"33 bits":               {"a1 65436f756e74 1a80000000", "can not be converted to an Integer"},
		"65 bits":               {"a1 6457696465 3bffffffffffffffff", "can not be converted to a Long"},
		"infinity":              {"a1 65526174696f f97c00", "can not be converted to a Double"},
		"no number":             {"a1 65526174696f f97e00", "can not be converted to a Double"},
		"time without its tag":  {"a1 624174 01", "can not be converted to a Timestamp"},
		"time of text":          {"a1 624174 c16131", "can not be converted to a Timestamp"},
		"time out of range":     {"a1 624174 c11b7fffffffffffffff", "can not be converted to a Timestamp"},
		"a tag":                 {"a1 64426f6479 c26131", "Tag found"},
		"a map for text":        {"a1 64426f6479 a0", "Start of structure or map"},
		"a list for text":       {"a1 64426f6479 80", "Start of list"},
		"text for a list":       {"a1 6454616773 6131", "Unexpected field type"},
		"too deep":              {"a1 6158" + strings.Repeat("81", 100) + "01", "nests too deep"},
		"too many items":        {"a1 6454616773 9f" + strings.Repeat("f6", 10_001) + "ff", "more than 10000 items"},
	} {
		var got input
		if err := wire.DecodeCBOR(fromHex(t, test.body), &got); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want %q", name, err, test.want)
		}
	}
}

// TestTimestampsInEveryProtocol: seconds in JSON and CBOR, ISO 8601 in forms and XML.
func TestTimestampsInEveryProtocol(t *testing.T) {
	type moment struct{ At wire.Timestamp }
	want := moment{wire.Timestamp{Time: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}}
	document, err := wire.EncodeJSON(want)
	if err != nil || string(document) != `{"At":1767323045.678}` {
		t.Errorf("JSON is %s (%v)", document, err)
	}
	if text := string(wire.Query.Response("Op", "", "id", &want)); !strings.Contains(text, "<At>2026-01-02T03:04:05.678Z</At>") {
		t.Errorf("XML is %s", text)
	}
	for name, read := range map[string]func(*moment) error{
		"JSON": func(m *moment) error { return wire.DecodeJSON(document, m) },
		"CBOR": func(m *moment) error { return wire.DecodeCBOR(wire.EncodeCBOR(&want), m) },
		"form": func(m *moment) error {
			return wire.Query.Decode(map[string][]string{"At": {"2026-01-02T04:04:05.678+01:00"}}, m)
		},
	} {
		var got moment
		if err := read(&got); err != nil || !cmp.Equal(want, got) {
			t.Errorf("%s: read %v (%v), want %v", name, got, err, want)
		}
	}
	for name, text := range map[string]string{"text": `{"At":"2026"}`, "list": `{"At":[1]}`, "far": `{"At":1e300}`} {
		if err := wire.DecodeJSON([]byte(text), &moment{}); err == nil {
			t.Errorf("%s was read as a time", name)
		}
	}
	if err := wire.Query.Decode(map[string][]string{"At": {"yesterday"}}, &moment{}); err == nil {
		t.Error("a word was read as a time")
	}
}
