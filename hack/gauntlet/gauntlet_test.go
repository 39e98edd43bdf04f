package main

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/hack/testrun/record"
)

// sourceFile is a test file with tests of rows P01 and P03 and scenario S2 (in names of functions) and P12 (in those of subtests).
const sourceFile = `package plan

import "testing"

func TestP01One(t *testing.T) {}
func TestP03S2Two(t *testing.T) { t.Run("P12 to the body", func(t *testing.T) {}); t.Log("P01 is no subtest") }
func TestTable(t *testing.T) { for name := range map[string]bool{"P12 to the attributes": true} { t.Log("P01 neither", name) } }
func TestPlanOfP05(t *testing.T) {}
func helperP06() {}
`

var small = catalogue{
	Trackers: map[string]string{"tf": "hashicorp/terraform"},
	Sections: []section{
		{Title: "A", Rows: []row{
			{ID: "P01", Seen: "a|b", Sources: "tf 1 2, sst 3", Skein: "does"},
			{ID: "P03", Seen: "c", Skein: "does", Waits: "later"},
		}},
		{Title: "B", Rows: []row{{ID: "P12", Seen: "d", Skein: "does"}}},
	},
	Scenarios: []scenario{{ID: "S2", Title: "FIFO"}},
}

// writeTree writes files below a folder of their own.
func writeTree(t *testing.T, files map[string]string) string {
	t.Helper()
	tree := t.TempDir()
	for name, content := range files {
		file := filepath.Join(tree, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return tree
}

func TestFindTests(t *testing.T) {
	tree := writeTree(t, map[string]string{
		"internal/plan/order_test.go":          sourceFile,
		"internal/cloud/a_test.go":             "package cloud\nfunc TestP01Other() {}\n",
		"internal/cloud/b.go":                  "package cloud\nfunc TestP01NoTestFile() {}\n",
		"internal/cloud/testdata/c_test.go":    "no Go at all",
		".cache/d_test.go":                     "no Go at all",
		"node_modules/a/internal/x/go_test.go": "no Go at all",
	})
	got, err := findTests(tree, small.ids())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]test{
		"P01": {{folder: "internal/cloud", name: "TestP01Other"}, {folder: "internal/plan", name: "TestP01One"}},
		"P03": {{folder: "internal/plan", name: "TestP03S2Two"}},
		"P12": {{folder: "internal/plan", name: "TestP03S2Two", subtests: true}, {folder: "internal/plan", name: "TestTable", subtests: true}},
		"S2":  {{folder: "internal/plan", name: "TestP03S2Two"}},
	}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(test{})); diff != "" {
		t.Errorf("tests (-want +got):\n%s", diff)
	}
}

func TestFindTestsRefusesUnknownRows(t *testing.T) {
	tree := writeTree(t, map[string]string{"a/a_test.go": "package a\nfunc TestP02Two() {}\n"})
	if _, err := findTests(tree, small.ids()); err == nil || !strings.Contains(err.Error(), "P02") {
		t.Errorf("got %v; want an error that names the row", err)
	}
}

func TestStateOf(t *testing.T) {
	var (
		own      = test{folder: "internal/plan", name: "TestP12Own"}
		other    = test{folder: "internal/cloud", name: "TestP12Other"}
		subtests = test{folder: "internal/cloud", name: "TestTable", subtests: true}
		trap     = test{folder: "internal/localaws", name: "TestP12Trap"}
	)
	plan, cloud, localaws := module+"/internal/plan", module+"/internal/cloud", module+"/internal/localaws"
	cases := map[string]struct {
		tests []test
		waits string
		ran   record.Record
		want  state
	}{
		"no test":                            {want: open},
		"no test, and a reason":              {waits: "later", want: waiting},
		"a reason holds against a test":      {waits: "later", tests: []test{own}, ran: record.Record{plan: {"TestP12Own": record.Pass}}, want: waiting},
		"passed":                             {tests: []test{own}, ran: record.Record{plan: {"TestP12Own": record.Pass}}, want: green},
		"one passed, one did not run":        {tests: []test{own, other}, ran: record.Record{plan: {"TestP12Own": record.Pass}, cloud: {}}, want: green},
		"one passed, one failed":             {tests: []test{own, other}, ran: record.Record{plan: {"TestP12Own": record.Pass}, cloud: {"TestP12Other": record.Fail}}, want: failed},
		"one failed, one passed":             {tests: []test{own, other}, ran: record.Record{plan: {"TestP12Own": record.Fail}, cloud: {"TestP12Other": record.Pass}}, want: failed},
		"skipped":                            {tests: []test{own}, ran: record.Record{plan: {"TestP12Own": record.Skip}}, want: failed},
		"crashed":                            {tests: []test{own}, ran: record.Record{plan: {"TestP12Own": record.Unfinished}}, want: failed},
		"its package did not run":            {tests: []test{own}, ran: record.Record{cloud: {"TestP12Own": record.Pass}}, want: notRun},
		"another test's name begins like it": {tests: []test{own}, ran: record.Record{plan: {"TestP12OwnToo": record.Fail}}, want: notRun},
		"a subtest passed, others failed":    {tests: []test{subtests}, ran: record.Record{cloud: {"TestTable": record.Fail, "TestTable/P12_a": record.Pass, "TestTable/P11_b": record.Fail}}, want: green},
		"a subtest failed":                   {tests: []test{subtests}, ran: record.Record{cloud: {"TestTable": record.Fail, "TestTable/P12_a": record.Pass, "TestTable/x/P12_b": record.Fail}}, want: failed},
		"only the trap is shown":             {tests: []test{trap}, ran: record.Record{localaws: {"TestP12Trap": record.Pass}}, want: open},
		"the trap passed, the test did not run": {
			tests: []test{trap, own}, ran: record.Record{localaws: {"TestP12Trap": record.Pass}}, want: notRun,
		},
		"the trap failed": {
			tests: []test{trap, own}, ran: record.Record{localaws: {"TestP12Trap": record.Fail}, plan: {"TestP12Own": record.Pass}}, want: failed,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := stateOf("P12", c.waits, c.tests, byRecord(c.ran)); got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestReportIsJSON: these members and no others, lists in the order of the rows and never null.
func TestReportIsJSON(t *testing.T) {
	tests := map[string][]test{"P01": {{folder: "internal/plan", name: "TestP01One"}}}
	cases := map[string]struct {
		rows []row
		ran  record.Record
		want string
		done bool
	}{
		"some of each": {
			rows: []row{{ID: "P01"}, {ID: "P02"}, {ID: "P03", Waits: "b"}, {ID: "P04", Waits: "<a>"}},
			ran:  record.Record{module + "/internal/plan": {"TestP01One": record.Pass}},
			want: `{"rows":4,"green":1,"waiting":[{"id":"P03","reason":"b"},{"id":"P04","reason":"<a>"}],"open":["P02"],"failed":[],"notRun":[]}`,
		},
		"all is well": {
			rows: []row{{ID: "P01"}, {ID: "P03", Waits: "b"}},
			ran:  record.Record{module + "/internal/plan": {"TestP01One": record.Pass}},
			want: `{"rows":2,"green":1,"waiting":[{"id":"P03","reason":"b"}],"open":[],"failed":[],"notRun":[]}`, done: true,
		},
		"failed": {
			rows: []row{{ID: "P01"}},
			ran:  record.Record{module + "/internal/plan": {"TestP01One": record.Fail}},
			want: `{"rows":1,"green":0,"waiting":[],"open":[],"failed":["P01"],"notRun":[]}`,
		},
		"not run": {
			rows: []row{{ID: "P01"}},
			want: `{"rows":1,"green":0,"waiting":[],"open":[],"failed":[],"notRun":["P01"]}`,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := newReport(catalogue{Sections: []section{{Rows: c.rows}}}, tests, byRecord(c.ran))
			var printed, compact bytes.Buffer
			if err := r.print(&printed); err != nil {
				t.Fatal(err)
			}
			if err := json.Compact(&compact, printed.Bytes()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, compact.String()); diff != "" {
				t.Errorf("report (-want +got):\n%s", diff)
			}
			if r.done() != c.done {
				t.Errorf("done is %v", r.done())
			}
		})
	}
}

func TestRender(t *testing.T) {
	tests := map[string][]test{
		"P01": {{folder: "internal/cloud", name: "TestP01A"}, {folder: "internal/cloud", name: "TestP01B"}, {folder: "internal/plan", name: "TestTable", subtests: true}},
		"S2":  {{folder: "internal/plan", name: "TestS2A"}},
	}
	page := render(small, tests, byRecord(record.Record{module + "/internal/cloud": {"TestP01A": record.Pass}}))
	for _, line := range []string{
		"Of 3 rows 1 are green, 1 wait, 1 are open, 0 failed and 0 did not run.",
		`| P01 | a\|b (tf [1](https://github.com/hashicorp/terraform/issues/1) [2](https://github.com/hashicorp/terraform/issues/2), sst 3) | does | ` +
			"`internal/cloud` TestP01A, TestP01B<br>`internal/plan` TestTable (subtests) | green |",
		"| P03 | c | does |  | waiting: later |",
		"| P12 | d | does |  | open |",
		"| S2 | FIFO | `internal/plan` TestS2A | not run |",
		"| tf | [hashicorp/terraform](https://github.com/hashicorp/terraform) |",
	} {
		if !strings.Contains(page, "\n"+line+"\n") {
			t.Errorf("there is no line %s in:\n%s", line, page)
		}
	}
}

// TestCheckPage: a page is fresh whatever the tests came to, and stale as soon as rows or tests are others.
func TestCheckPage(t *testing.T) {
	one := map[string][]test{"P01": {{folder: "internal/plan", name: "TestP01One"}}}
	two := map[string][]test{"P01": append([]test{{folder: "internal/cloud", name: "TestP01New"}}, one["P01"]...)}
	ran := func(outcome record.Outcome) judge {
		return byRecord(record.Record{module + "/internal/plan": {"TestP01One": outcome}})
	}
	waits := catalogue{Sections: []section{{Title: "A", Rows: []row{{ID: "P01", Seen: "a", Skein: "does", Waits: "later"}}}}}
	cases := map[string]struct {
		page  string
		rows  catalogue
		fresh bool
	}{
		"green":                    {render(small, one, ran(record.Pass)), small, true},
		"failed":                   {render(small, one, ran(record.Fail)), small, true},
		"not run":                  {render(small, one, byRecord(nil)), small, true},
		"other tests":              {render(small, two, ran(record.Pass)), small, false},
		"other rows":               {render(small, one, ran(record.Pass)), waits, false},
		"a state by hand":          {strings.Replace(render(small, one, ran(record.Pass)), "| open |", "| green |", 1), small, false},
		"a green by hand, counted": {strings.Replace(render(small, one, ran(record.Fail)), "| failed |", "| green |", 1), small, false},
		"cut":                      {strings.TrimSuffix(render(small, one, ran(record.Pass)), "\n"), small, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if err := checkPage(c.rows, one, c.page); (err == nil) != c.fresh {
				t.Errorf("fresh should be %v: %v", c.fresh, err)
			}
		})
	}
}

// TestRun goes the whole way in a tree with one test, of row P01.
func TestRun(t *testing.T) {
	tree := writeTree(t, map[string]string{
		"internal/plan/a_test.go": "package plan\nfunc TestP01One() {}\n",
		"docs/gauntlet.md":        "",
	})
	if err := run(tree, nil, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "make test") {
		t.Errorf("without a record: %v; want an error that says how to get one", err)
	}
	ran := record.Record{module + "/internal/plan": {"TestP01One": record.Pass}}
	if err := ran.Update(filepath.Join(tree, record.File)); err != nil {
		t.Fatal(err)
	}
	if err := run(tree, []string{"--check"}, io.Discard, io.Discard); err == nil {
		t.Error("an empty page was taken as fresh")
	}
	for _, arguments := range [][]string{nil, {"--check"}} {
		if err := run(tree, arguments, io.Discard, io.Discard); err != nil {
			t.Errorf("%v: %v", arguments, err)
		}
	}
	var out bytes.Buffer
	if err := run(tree, []string{"-o", "json", "--strict"}, &out, io.Discard); err == nil || !strings.Contains(err.Error(), "P02") {
		t.Errorf("strict: %v; want an error that names the open rows", err)
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil || r.Green != 1 {
		t.Errorf("%d green, %v:\n%s", r.Green, err, out.String())
	}
	for _, arguments := range [][]string{{"-o", "yaml"}, {"P01"}} {
		if err := run(tree, arguments, io.Discard, io.Discard); err == nil {
			t.Errorf("%v was taken", arguments)
		}
	}
}

func TestReadCatalogue(t *testing.T) {
	if c, err := readCatalogue(rowsYAML); err != nil || len(c.rows()) == 0 || len(c.Scenarios) == 0 {
		t.Errorf("rows.yaml: %d rows, %d scenarios, %v", len(c.rows()), len(c.Scenarios), err)
	}
	cases := map[string]string{
		"an unknown field": "sections: [{title: A, rows: [{id: P01, seen: a, skein: b, wait: c}]}]",
		"no id of a row":   "sections: [{title: A, rows: [{id: P1, seen: a, skein: b}]}]",
		"an id twice":      "sections: [{title: A, rows: [{id: P01, seen: a, skein: b}, {id: P01, seen: a, skein: b}]}]",
		"nothing seen":     "sections: [{title: A, rows: [{id: P01, skein: b}]}]",
	}
	for name, content := range cases {
		t.Run(name, func(t *testing.T) {
			if c, err := readCatalogue([]byte(content)); err == nil {
				t.Errorf("was taken as %v", c)
			}
		})
	}
}
