package topology

import (
	"strings"
	"testing"

	"github.com/skein-dev/skein/api/v1alpha1"
)

func TestSeconds(t *testing.T) {
	for text, want := range map[v1alpha1.Duration]int64{"0s": 0, "30s": 30, "1h30m": 5400, "96h": 345600, "336h": 1209600, "2m30s": 150, "1000ms": 1} {
		if got, err := Seconds(text); err != nil || got != want {
			t.Errorf("%s is %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []v1alpha1.Duration{"", "5", "1d", "1500ms", "soon"} {
		if got, err := Seconds(text); err == nil {
			t.Errorf("%q is %d", text, got)
		}
	}
}

func TestTimesOfAQueue(t *testing.T) {
	tests := map[string]struct {
		spec, field, want string
	}{
		"visibility by default":           {"{}", "VisibilityTimeout", "30"},
		"visibility":                      {"{visibilityTimeout: 5m}", "VisibilityTimeout", "300"},
		"no visibility":                   {"{visibilityTimeout: 0s}", "VisibilityTimeout", "0"},
		"visibility from processing time": {"{processingTime: 50s}", "VisibilityTimeout", "300"},
		"longest processing time":         {"{processingTime: 2h}", "VisibilityTimeout", "43200"},
		"visibility wins":                 {"{processingTime: 50s, visibilityTimeout: 1m}", "VisibilityTimeout", "60"},
		"retention by default":            {"{}", "MessageRetentionPeriod", "345600"},
		"retention":                       {"{messageRetention: 1m}", "MessageRetentionPeriod", "60"},
		"receive wait by default":         {"{}", "ReceiveMessageWaitTimeSeconds", "20"},
		"short polling":                   {"{receiveWaitTime: 0s}", "ReceiveMessageWaitTimeSeconds", "0"},
		"no delay by default":             {"{}", "DelaySeconds", "0"},
		"delay":                           {"{deliveryDelay: 15m}", "DelaySeconds", "900"},
		"no size by default":              {"{}", "MaximumMessageSize", ""},
		"size":                            {"{maximumMessageSize: 256Ki}", "MaximumMessageSize", "262144"},
		"smallest size":                   {"{maximumMessageSize: 1Ki}", "MaximumMessageSize", "1024"},
		"greatest size":                   {"{maximumMessageSize: 1Mi}", "MaximumMessageSize", "1048576"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildConsumer(inputs(t, tt.spec))
			requireNone(t, out.Refusals)
			managed := byRole(t, out.State, RoleMain).Managed
			if got, ok := managed[tt.field]; got != tt.want || ok != (tt.want != "") {
				t.Errorf("%s is %q, managed %t", tt.field, got, ok)
			}
		})
	}
}

// The schema refuses these; Build says so too, names the field and leaves only that out.
func TestValuesOutOfRange(t *testing.T) {
	tests := map[string]struct{ spec, field, attribute string }{
		"visibility":       {"{visibilityTimeout: 13h}", "spec.visibilityTimeout", "VisibilityTimeout"},
		"processing time":  {"{processingTime: 3h}", "spec.processingTime", "VisibilityTimeout"},
		"retention":        {"{messageRetention: 59s}", "spec.messageRetention", "MessageRetentionPeriod"},
		"no duration":      {"{messageRetention: long}", "spec.messageRetention", "MessageRetentionPeriod"},
		"receive wait":     {"{receiveWaitTime: 21s}", "spec.receiveWaitTime", "ReceiveMessageWaitTimeSeconds"},
		"delay":            {"{deliveryDelay: 16m}", "spec.deliveryDelay", "DelaySeconds"},
		"size too small":   {"{maximumMessageSize: 1023}", "spec.maximumMessageSize", "MaximumMessageSize"},
		"size too great":   {"{maximumMessageSize: 2Mi}", "spec.maximumMessageSize", "MaximumMessageSize"},
		"data key, inside": {"{encryption: {type: KMS, kms: {keyID: k, dataKeyReusePeriod: 1s}}}", "spec.encryption.kms.dataKeyReusePeriod", "KmsDataKeyReusePeriodSeconds"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildConsumer(inputs(t, tt.spec))
			main := byRole(t, out.State, RoleMain)
			if v, ok := main.Managed[tt.attribute]; ok {
				t.Errorf("%s is managed: %s", tt.attribute, v)
			}
			if len(out.Refusals) == 0 || out.Refusals[0].Field != tt.field || out.Refusals[0].Group != "" || !strings.HasPrefix(out.Refusals[0].Message, "queue/warehouse-stock: "+tt.field) {
				t.Errorf("got %+v", out.Refusals)
			}
			if main.Held != "" {
				t.Errorf("the queue is held: %s", main.Held)
			}
		})
	}
}

func TestP23DeadLettersOutliveTheirSource(t *testing.T) {
	tests := map[string]struct {
		spec, deadLetters string
		refused, noted    bool
	}{
		"defaults":                  {"{}", "1209600", false, false},
		"above the source":          {"{messageRetention: 2h, deadLetter: {messageRetention: 3h}}", "10800", false, false},
		"both the longest":          {"{messageRetention: 336h}", "1209600", false, true},
		"equal":                     {"{messageRetention: 3h, deadLetter: {messageRetention: 3h}}", "", true, false},
		"below the default source":  {"{deadLetter: {messageRetention: 95h}}", "", true, false},
		"FIFO restarts the clock":   {"{fifo: {}, messageRetention: 3h, deadLetter: {messageRetention: 2h}}", "7200", false, false},
		"without dead-letter queue": {"{messageRetention: 336h, deadLetter: {disabled: true}}", "", false, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			out := BuildConsumer(inputs(t, tt.spec))
			if refused := len(out.Refusals) > 0; refused != tt.refused {
				t.Errorf("refused: %+v", out.Refusals)
			}
			if noted := len(out.Notes) > 0; noted != tt.noted {
				t.Errorf("notes: %q", out.Notes)
			}
			if tt.deadLetters != "" && byRole(t, out.State, RoleDeadLetter).Managed["MessageRetentionPeriod"] != tt.deadLetters {
				t.Error(render(out.State))
			}
		})
	}
}
