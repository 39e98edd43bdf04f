package wire_test

import (
	"encoding/base64"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/skein-dev/skein/internal/localaws/wire"
)

// FuzzDecodeQuery: no form makes the decoder fail otherwise than by an error; it makes no more of a form than there is
// in it, and what it made of it reads the same when it is written as a form or as JSON.
func FuzzDecodeQuery(f *testing.F) {
	f.Add(scalars, false)
	f.Add(scalars, true)
	f.Add("Entries.member.1.MessageAttributes.entry.1.Name=a&Entries.member.1.MessageAttributes.entry.1.Value.BinaryValue=eA==", false)
	f.Add("AttributeNames.member.999999999=x&Tags.member.1.Key=k&Tags.member.2=x", false)
	f.Add("SendEntry.1.MessageAttribute.Name=a&Tags.1.Key=k&AttributeName=All&Attribute.1.Value=x", true)
	f.Add("Attributes.entry.1.key=a&Attributes.entry.2.Key=b&Attributes.entry.1.Value=%00", false)
	f.Fuzz(func(t *testing.T, text string, flattened bool) {
		form, err := url.ParseQuery(text)
		if err != nil {
			return
		}
		dialect := wire.Query
		if flattened {
			dialect = flat
		}
		var got input
		if dialect.Decode(form, &got) != nil {
			return
		}
		wantBounded(t, len(text), got)
		wantSameAsJSON(t, got)
		again := url.Values{}
		writeForm(again, "", reflect.ValueOf(got))
		var reread input
		if err := wire.Query.Decode(again, &reread); err != nil {
			t.Fatalf("%q as form %v: %v", text, again, err)
		}
		wantSame(t, got, reread)
	})
}

// FuzzDecodeJSON: as FuzzDecodeQuery, for documents.
func FuzzDecodeJSON(f *testing.F) {
	all, err := wire.EncodeJSON(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all)
	f.Add([]byte(`{"Unknown":[{"a":[1,"}]",{}]},-1e9,"\\\"",null],"Tags":[null,{}],"Timeout":0,"Blob":"eA=="}`))
	f.Add([]byte(`{"Body":"\ud800\u0000\n","Entries":[{"MessageAttributes":{"":{"BinaryValue":""}}}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		var got input
		if wire.DecodeJSON(body, &got) != nil {
			return
		}
		wantBounded(t, len(body), got)
		wantSameAsJSON(t, got)
	})
}

// FuzzDecodeCBOR: as FuzzDecodeQuery, for CBOR; what is written as CBOR reads the same again.
func FuzzDecodeCBOR(f *testing.F) {
	all := full()
	f.Add(wire.EncodeCBOR(&all))
	f.Add([]byte("\xbfdBody\x7fbabbcd\xffeExact\xf5eRatio\xf9\x3c\x00bAt\xc1\x1a\x50\x00\x00\x00eNames\x82\x01\x9f\xff\xff"))
	f.Add([]byte("\xa3dTags\x82\xf6\xa1cKeya\x6bdBlob\x5f\x41\x00\xffgUnknown\xd8\x20\x9b\x00\x00\x00\x00\x00\x00\x00\x01\x20"))
	f.Fuzz(func(t *testing.T, body []byte) {
		var got, reread input
		if wire.DecodeCBOR(body, &got) != nil {
			return
		}
		wantBounded(t, len(body), got)
		wantSameAsJSON(t, got)
		if err := wire.DecodeCBOR(wire.EncodeCBOR(&got), &reread); err != nil {
			t.Fatalf("reading %+v again: %v", got, err)
		}
		wantSame(t, got, reread)
	})
}

func wantSame(t *testing.T, want, got input) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(input{}), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("read again (-want +got):\n%s", diff)
	}
}

func wantSameAsJSON(t *testing.T, got input) {
	t.Helper()
	document, err := wire.EncodeJSON(got)
	if err != nil {
		t.Fatalf("encoding %+v: %v", got, err)
	}
	var reread input
	if err := wire.DecodeJSON(document, &reread); err != nil {
		t.Fatalf("reading %s: %v", document, err)
	}
	wantSame(t, got, reread)
}

// wantBounded fails if an input holds more items or text than what it was read from. An escape of JSON takes two bytes
// for one; a byte that is no text becomes a replacement character of three, in six.
func wantBounded(t *testing.T, size int, got input) {
	t.Helper()
	if w := weight(reflect.ValueOf(got)); w > size {
		t.Errorf("an input of %d bytes holds %d items and bytes", size, w)
	}
}

// weight counts the items of lists and maps and the bytes of texts.
func weight(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.String:
		return v.Len()
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[wire.Timestamp]() {
			return 0
		}
		for i := range v.NumField() {
			n += weight(v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			n += 1 + weight(v.Index(i))
		}
	case reflect.Map:
		for _, key := range v.MapKeys() {
			n += 1 + weight(key) + weight(v.MapIndex(key))
		}
	}
	return n
}

// writeForm writes a struct as SNS's dialect has it.
func writeForm(form url.Values, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Float64:
		form.Set(name, strconv.FormatFloat(v.Float(), 'g', -1, 64))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[wire.Timestamp]() {
			form.Set(name, v.Interface().(wire.Timestamp).Format(time.RFC3339Nano))
			return
		}
		for i := range v.NumField() {
			field := v.Type().Field(i)
			if field.Anonymous {
				writeForm(form, name, v.Field(i))
				continue
			}
			own, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if own == "" {
				own = field.Name
			}
			writeForm(form, strings.TrimPrefix(name+"."+own, "."), v.Field(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			writeForm(form, name, v.Elem())
		}
	case reflect.Map:
		for i, key := range v.MapKeys() {
			entry := name + ".entry." + strconv.Itoa(i+1)
			form.Set(entry+".key", key.String())
			writeForm(form, entry+".value", v.MapIndex(key))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			form.Set(name, base64.StdEncoding.EncodeToString(v.Bytes()))
			return
		}
		for i := range v.Len() {
			member := name + ".member." + strconv.Itoa(i+1)
			form.Set(member+".Present", "")
			writeForm(form, member, v.Index(i))
		}
	case reflect.Bool:
		form.Set(name, strconv.FormatBool(v.Bool()))
	case reflect.String:
		form.Set(name, v.String())
	default:
		form.Set(name, strconv.FormatInt(v.Int(), 10))
	}
}
