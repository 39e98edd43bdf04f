package policydoc

import "testing"

// P19: opt-in regions need a regional service principal, or SNS drops messages silently (peers).
func TestP19OptInServicePrincipal(t *testing.T) {
	tests := map[string]struct {
		topic, queue, want string
	}{
		"same default":          {"eu-west-1", "eu-west-1", "sns.amazonaws.com"},
		"same opt-in":           {"me-south-1", "me-south-1", "sns.amazonaws.com"},
		"both default":          {"us-east-1", "eu-north-1", "sns.amazonaws.com"},
		"topic opt-in":          {"ap-east-1", "us-east-1", "sns.ap-east-1.amazonaws.com"},
		"queue opt-in":          {"us-east-1", "af-south-1", "sns.af-south-1.amazonaws.com"},
		"Osaka":                 {"ap-northeast-1", "ap-northeast-3", "sns.ap-northeast-3.amazonaws.com"},
		"both opt-in":           {"ap-east-1", "me-south-1", ""},
		"unknown counts opt-in": {"mars-north-1", "us-east-1", "sns.mars-north-1.amazonaws.com"},
		"China":                 {"cn-north-1", "cn-northwest-1", "sns.amazonaws.com"},
		"GovCloud":              {"us-gov-west-1", "us-gov-east-1", "sns.amazonaws.com"},
		"two partitions":        {"us-east-1", "cn-north-1", ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, ok := ServicePrincipal(tt.topic, tt.queue)
			if got != tt.want || ok != (tt.want != "") {
				t.Errorf("ServicePrincipal(%s, %s) = %q, %v, want %q", tt.topic, tt.queue, got, ok, tt.want)
			}
		})
	}
}

func TestPartition(t *testing.T) {
	for region, want := range map[string]string{
		"eu-west-1": "aws", "us-east-1": "aws", "cn-north-1": "aws-cn", "us-gov-east-1": "aws-us-gov", "": "aws",
	} {
		if got := Partition(region); got != want {
			t.Errorf("Partition(%q) = %s, want %s", region, got, want)
		}
	}
}
