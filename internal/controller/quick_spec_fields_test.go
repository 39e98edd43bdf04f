package controller

import (
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/internal/testenv"
)

// The fields of the specs that reach AWS have cases; the others say what they are instead.
func TestEverySpecFieldHasACase(t *testing.T) {
	covered := map[string]bool{}
	for _, c := range attributeCases() {
		for leaf := range strings.FieldsSeq(c.leaves) {
			covered[leaf] = true
		}
	}
	leaves := map[string]bool{}
	specLeaves(reflect.TypeFor[v1alpha1.ConsumerQueueSpec](), "ConsumerQueue", leaves)
	specLeaves(reflect.TypeFor[v1alpha1.MessagingTopologySpec](), "MessagingTopology", leaves)
	specLeaves(reflect.TypeFor[v1alpha1.AWSAccountSpec](), "AWSAccount", leaves)
	for _, leaf := range slices.Sorted(maps.Keys(leaves)) {
		_, elsewhere := notAttributes[leaf]
		if _, is := fixed[leaf]; is {
			elsewhere = true
		}
		switch {
		case covered[leaf] && elsewhere:
			t.Errorf("%s has a case and is listed as no attribute", leaf)
		case !covered[leaf] && !elsewhere:
			t.Errorf("%s has no case", leaf)
		}
	}
	for _, leaf := range slices.AppendSeq(slices.Collect(maps.Keys(covered)), maps.Keys(notAttributes)) {
		if !leaves[leaf] {
			t.Errorf("there is no field %s", leaf)
		}
	}
}

// What is fixed in AWS is refused by a rule of the CRDs that says what to do instead; test/cel has the cases of each rule.
func TestWhatIsFixedInAWSIsRefused(t *testing.T) {
	root, err := testenv.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(root, "config", "crd", "bases", "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no CRDs: %v", err)
	}
	var crds strings.Builder
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		crds.WriteString(strings.ReplaceAll(strings.Join(strings.Fields(string(text)), " "), "''", "'"))
	}
	refused := slices.Collect(maps.Values(fixed))
	for _, c := range attributeCases() {
		refused = append(refused, c.refused)
	}
	for _, message := range refused {
		if !strings.Contains(crds.String(), message) {
			t.Errorf("no rule says: %s", message)
		}
	}
}

// specLeaves collects the paths of the fields that hold a value. Lists, maps and types of other packages are values; the settings of inline
// consumers are those of ConsumerQueues.
func specLeaves(t reflect.Type, path string, into map[string]bool) {
	for i := range t.NumField() {
		f := t.Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		inner, below := f.Type, path
		if name != "" {
			below += "." + name
		}
		for inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		own := inner.Kind() == reflect.Struct && strings.HasSuffix(inner.PkgPath(), "/api/v1alpha1") && inner.Name() != "InlineConsumer"
		if own {
			specLeaves(inner, below, into)
			continue
		}
		into[below] = true
	}
}
