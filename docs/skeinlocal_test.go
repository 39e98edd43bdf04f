package docs_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/skein-dev/skein/internal/localaws"
)

const localPage = "docs/skein-local.md"

// jsonFields gives the paths of the leaves of a type's JSON, with [] behind lists.
func jsonFields(of reflect.Type, prefix string) []string {
	for of.Kind() == reflect.Pointer {
		of = of.Elem()
	}
	if of.Kind() == reflect.Slice && of.Elem().Kind() == reflect.Struct {
		return jsonFields(of.Elem(), prefix+"[]")
	}
	if of.Kind() != reflect.Struct || of == reflect.TypeFor[time.Time]() {
		return []string{prefix}
	}
	var out []string
	for i := range of.NumField() {
		name, _, _ := strings.Cut(of.Field(i).Tag.Get("json"), ",")
		out = append(out, jsonFields(of.Field(i).Type, strings.TrimPrefix(prefix+"."+name, "."))...)
	}
	return out
}

func TestEveryFlagOfSkeinLocalIsDocumented(t *testing.T) {
	same(t, "flags of skein-local", flagNames(t, "cmd/skein-local/flags.go"), readPages(t)[localPage].named("Flag"))
}

func TestEveryFieldOfAFaultIsDocumented(t *testing.T) {
	same(t, "fields of faults", jsonFields(reflect.TypeFor[localaws.FaultRule](), ""), readPages(t)[localPage].named("Field"))
}

// TestEveryFieldOfTheTopologyIsDocumented: paths begin with the list below regions.
func TestEveryFieldOfTheTopologyIsDocumented(t *testing.T) {
	const regions = "accounts[].regions[]."
	var want []string
	for _, field := range jsonFields(reflect.TypeFor[localaws.Holdings](), "") {
		if below := strings.TrimPrefix(field, regions); strings.Contains(below, "[]") {
			field = below
		}
		want = append(want, field)
	}
	same(t, "fields of the topology", want, readPages(t)[localPage].named("Topology field"))
}
