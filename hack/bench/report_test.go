package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONHasALevelOfBudgetsForBothOnly(t *testing.T) {
	one := result{Consumers: 3, ReadySeconds: 1.5, Calls: counts{"sqs:CreateQueue": 9}}
	for rate, want := range map[string]string{
		"unlimited": `{"consumers":3,"readySeconds":1.5,"callsPerConsumer":0,"calls":{"sqs:CreateQueue":9},"recheckCallsPerConsumer":0,` +
			`"quietCheck":{"own":0,"ownAllowed":0,"shared":0,"sharedAllowed":0},"changeCallsPerConsumer":0,"restartCallsPerConsumer":0,"deleteSeconds":0,"peakRSSMiB":0}`,
		bothRates: `{"default":null,"unlimited":null}`,
	} {
		var out strings.Builder
		s := settings{rate: rate, output: "json"}
		var results []named
		for _, r := range s.rates() {
			results = append(results, named{r, one})
		}
		if err := show(&out, s, results); err != nil {
			t.Fatal(err)
		}
		var got, wanted map[string]any
		if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(want), &wanted); err != nil {
			t.Fatal(err)
		}
		for key, value := range wanted {
			if value == nil {
				wanted[key] = got[key]
			}
		}
		if diff := cmp.Diff(wanted, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", rate, diff)
		}
	}
}

func TestWritesWithoutAChangeFail(t *testing.T) {
	if err := (&result{Calls: counts{"sqs:CreateQueue": 9}}).check(); err != nil {
		t.Errorf("creating failed: %v", err)
	}
	err := (&result{restartWrites: counts{"sqs:SetQueueAttributes": 2}}).check()
	if err == nil || !strings.Contains(err.Error(), "restart") || !strings.Contains(err.Error(), "sqs:SetQueueAttributes 2") {
		t.Errorf("got %v, want an error that names the writes of the restart", err)
	}
	if err := (&result{recheckWrites: counts{"sqs:TagQueue": 1}}).check(); err == nil {
		t.Error("a write by a re-check passed")
	}
}

func TestP64MemoryIsBounded(t *testing.T) {
	for _, c := range []struct {
		result
		passes bool
	}{
		{result{Consumers: 300, PeakRSSMiB: 128}, true},
		{result{Consumers: 300, PeakRSSMiB: 129}, false},
		{result{Consumers: 3000, PeakRSSMiB: 129}, true},
	} {
		if err := c.check(); (err == nil) != c.passes {
			t.Errorf("%.0f MiB at %d consumers: %v", c.PeakRSSMiB, c.Consumers, err)
		}
	}
}

func TestPeakMiB(t *testing.T) {
	status := "Name:\tmanager\nVmPeak:\t 9999999 kB\nVmHWM:\t   81920 kB\nVmRSS:\t   70000 kB\n"
	if got := peakMiB([]byte(status)); got != 80 {
		t.Errorf("got %v MiB, want 80", got)
	}
	if got := peakMiB([]byte("Name:\tzombie\n")); got != 0 {
		t.Errorf("a process without memory: %v MiB, want 0", got)
	}
}

func TestFlags(t *testing.T) {
	for name, test := range map[string]struct {
		arguments []string
		rates     []string
		fail      string
	}{
		"none":          {rates: []string{"unlimited", "default"}},
		"one rate":      {arguments: []string{"--aws-rate", "default", "-o", "json"}, rates: []string{"default"}},
		"repairs only":  {arguments: []string{"--consumers", "0", "--aws-rate", "2x"}, rates: []string{"2x"}},
		"nothing":       {arguments: []string{"--consumers", "0", "--repairs", "0"}, fail: "at least one"},
		"short resync":  {arguments: []string{"--resync", "5s"}, fail: "10s or more"},
		"format":        {arguments: []string{"-o", "yaml"}, fail: "want json"},
		"an argument":   {arguments: []string{"300"}, fail: `unexpected argument "300"`},
		"unknown flags": {arguments: []string{"--peers"}, fail: "not defined"},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(test.arguments)
			if test.fail == "" {
				if diff := cmp.Diff(test.rates, s.rates()); err != nil || diff != "" {
					t.Errorf("%v, rates (-want +got):\n%s", err, diff)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.fail) {
				t.Errorf("got %v, want %q", err, test.fail)
			}
		})
	}
}
