package main

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/skein-dev/skein/hack/testrun/record"
)

func TestAssign(t *testing.T) {
	cases := map[string]struct {
		pkg  goPackage
		want string
	}{
		"a pure package":                     {goPackage{ImportPath: module + "/internal/plan"}, "pure"},
		"a package below a pure one":         {goPackage{ImportPath: module + "/internal/topology/naming"}, "pure"},
		"a like-named package is not below":  {goPackage{ImportPath: module + "/internal/planner"}, ""},
		"the longest folder wins":            {goPackage{ImportPath: module + "/test/conformance"}, "cloud"},
		"a command":                          {goPackage{ImportPath: module + "/cmd/manager"}, "programs"},
		"tests that start the control plane": {goPackage{ImportPath: module + "/cmd/manager", TestImports: []string{testenv}}, "control-plane"},
		"the same from outside the package":  {goPackage{ImportPath: module + "/test/cel", XTestImports: []string{testenv}}, "control-plane"},
		"the control plane itself":           {goPackage{ImportPath: testenv}, "control-plane"},
		"a package nobody thought of":        {goPackage{ImportPath: module + "/internal/surprise"}, ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			assigned, err := assign([]goPackage{c.pkg})
			if c.want == "" {
				if err == nil || !strings.Contains(err.Error(), c.pkg.ImportPath) {
					t.Fatalf("got %v, %v; want an error that names the package", assigned, err)
				}
				return
			}
			if err != nil || len(assigned[c.want]) != 1 {
				t.Fatalf("got %v, %v; want part %s", assigned, err, c.want)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	chosen, err := choose([]string{"fuzz", "pure"})
	if err != nil || len(chosen) != 2 || chosen[0].name != "pure" {
		t.Errorf("got %v, %v; want pure before fuzz", chosen, err)
	}
	if _, err := choose([]string{"pur"}); err == nil {
		t.Error("an unknown part was taken")
	}
}

func TestReader(t *testing.T) {
	cases := map[string]struct {
		events         string
		passed, failed int
		output         string
	}{
		"a passing package shows one line": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"noise\n"}
			 {"Action":"pass","Package":"p","Test":"TestA"}
			 {"Action":"pass","Package":"p","Elapsed":1.25}`,
			1, 0, "ok  \tp\t1.2s\n",
		},
		"a failing test shows what it said": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"got 1, want 2\n"}
			 {"Action":"fail","Package":"p","Test":"TestA"}
			 {"Action":"pass","Package":"p","Test":"TestB"}
			 {"Action":"output","Package":"p","Output":"FAIL\tp\t1.0s\n"}
			 {"Action":"fail","Package":"p","Elapsed":1}`,
			1, 1, "got 1, want 2\nFAIL\tp\t1.0s\n",
		},
		"a skipped test counts as failed": {
			`{"Action":"skip","Package":"p","Test":"TestA"}
			 {"Action":"pass","Package":"p","Elapsed":1}`,
			0, 1, "ok  \tp\t1.0s\n",
		},
		"a panic leaves its test without an end": {
			`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: oh\n"}
			 {"Action":"output","Package":"p","Output":"FAIL\tp\t1.0s\n"}
			 {"Action":"fail","Package":"p","Elapsed":1}`,
			0, 1, "panic: oh\nFAIL\tp\t1.0s\n",
		},
		"a TestMain that fails": {
			`{"Action":"output","Package":"p","Output":"run make setup first\n"}
			 {"Action":"output","Package":"p","Output":"FAIL\tp\t1.0s\n"}
			 {"Action":"fail","Package":"p","Elapsed":1}`,
			0, 1, "run make setup first\nFAIL\tp\t1.0s\n",
		},
		"a package that does not compile": {
			`{"Action":"build-output","ImportPath":"p","Output":"p.go:1: syntax error\n"}
			 {"Action":"build-fail","ImportPath":"p"}
			 {"Action":"output","Package":"p","Output":"FAIL\tp [build failed]\n"}
			 {"Action":"fail","Package":"p","FailedBuild":"p"}`,
			0, 1, "p.go:1: syntax error\nFAIL\tp [build failed]\n",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			r := newReader(&out)
			if err := r.readAll(strings.NewReader(strings.ReplaceAll(c.events, "\t", "") + "\n")); err != nil {
				t.Fatal(err)
			}
			if r.passed != c.passed || r.failed != c.failed {
				t.Errorf("%d passed, %d failed; want %d and %d", r.passed, r.failed, c.passed, c.failed)
			}
			if diff := cmp.Diff(c.output, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// TestReaderRecordsOutcomes: a test that crashes has begun and not passed; a package that does not compile has no tests.
func TestReaderRecordsOutcomes(t *testing.T) {
	events := `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA/one"}
{"Action":"pass","Package":"p","Test":"TestA"}
{"Action":"run","Package":"p","Test":"TestB"}
{"Action":"fail","Package":"p","Test":"TestB"}
{"Action":"run","Package":"p","Test":"TestC"}
{"Action":"output","Package":"p","Test":"TestC","Output":"panic: oh\n"}
{"Action":"fail","Package":"p"}
{"Action":"start","Package":"q"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
`
	r := newReader(io.Discard)
	if err := r.readAll(strings.NewReader(events)); err != nil {
		t.Fatal(err)
	}
	want := record.Record{
		"p": {"TestA": record.Pass, "TestA/one": record.Pass, "TestB": record.Fail, "TestC": record.Unfinished},
		"q": {},
	}
	if diff := cmp.Diff(want, r.outcomes); diff != "" {
		t.Errorf("outcomes (-want +got):\n%s", diff)
	}
}

func TestSummarizeEndsWithTheCounts(t *testing.T) {
	var out strings.Builder
	failed := summarize(&out, []result{
		{part: part{name: "one", budget: time.Second}, passed: 3, took: 2 * time.Second},
		{part: part{name: "two", budget: time.Minute}, passed: 4, failed: 1, took: time.Second},
	})
	if !failed || !strings.HasSuffix(out.String(), "\n7 passed, 1 failed\n") || strings.Count(out.String(), "over") != 1 {
		t.Errorf("failed %v:\n%s", failed, out.String())
	}
}

func TestShare(t *testing.T) {
	for targets, want := range map[int]time.Duration{0: 0, 1: 10 * time.Second, 15: 6 * time.Second, 100: time.Second} {
		if got := share(150*time.Second, targets); got != want {
			t.Errorf("%d targets: %s each, want %s", targets, got, want)
		}
	}
}

func TestTimeIsUp(t *testing.T) {
	const progress = "fuzz: elapsed: 10s, execs: 233737 (22606/sec), new interesting: 241 (total: 288)\n"
	for name, test := range map[string]struct {
		output string
		want   bool
	}{
		"the fuzzer's own end": {progress + "--- FAIL: FuzzParse (10.07s)\n    context deadline exceeded\nFAIL\nexit status 1\n", true},
		"another target's":     {"--- FAIL: FuzzOther (10.07s)\n    context deadline exceeded\nFAIL\n", false},
		"a finding": {progress + "--- FAIL: FuzzParse (3.10s)\n    --- FAIL: FuzzParse (0.00s)\n        parse_test.go:7: context deadline exceeded\n" +
			"    Failing input written to testdata/fuzz/FuzzParse/582528ddfad69eb5\nFAIL\n", false},
		"more than that": {"--- FAIL: FuzzParse (10.07s)\n    context deadline exceeded\n    Failing input written to x\nFAIL\n", false},
		"a build":        {"FAIL\tpkg [build failed]\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := timeIsUp("FuzzParse", test.output); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
