package cli

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/client-go/tools/clientcmd"
)

var errNoKubeconfig = &problem{
	what:   "there is no kubeconfig, so no cluster is known",
	remedy: "Name one by --kubeconfig or the environment variable KUBECONFIG, or put it at ~/.kube/config.",
}

// noKubeconfig says that no file names a cluster.
func (s *session) noKubeconfig() bool {
	raw, err := s.flags.ToRawKubeConfigLoader().RawConfig()
	return err == nil && len(raw.Clusters) == 0
}

// explain gives an error its remedy, where it is known.
func (s *session) explain(err error) *problem {
	if p, ok := errors.AsType[*problem](err); ok {
		return p
	}
	for _, known := range []func(error) *problem{s.explainKubeconfig, s.explainReach, s.explainInstalled, s.explainAPI} {
		if p := known(err); p != nil {
			p.cause = err
			return p
		}
	}
	return &problem{what: err.Error(), cause: err}
}

func (s *session) explainKubeconfig(err error) *problem {
	raw, unreadable := s.flags.ToRawKubeConfigLoader().RawConfig()
	_, known := raw.Contexts[*s.flags.Context]
	switch {
	case clientcmd.IsEmptyConfig(err):
		return errNoKubeconfig
	case unreadable == nil && *s.flags.Context != "" && !known && len(raw.Contexts) > 0:
		return &problem{what: err.Error(), remedy: fmt.Sprintf("--context may be %s.", list("or", slices.Sorted(maps.Keys(raw.Contexts))...))}
	case unreadable != nil, clientcmd.IsConfigurationInvalid(err):
		return &problem{what: err.Error(), remedy: "Correct --kubeconfig, --context or the file; kubectl config view shows what is read."}
	}
	return nil
}

// explainReach is about an apiserver that does not answer, or not to this user.
func (s *session) explainReach(err error) *problem {
	if apierrors.IsUnauthorized(err) {
		return &problem{what: fmt.Sprintf("the cluster %s does not accept your credentials", s.server()), remedy: "Log in again, or choose another user of the kubeconfig by --context or --user."}
	}
	request, ok := errors.AsType[*url.Error](err)
	if !ok {
		return nil
	}
	if _, ok := errors.AsType[net.Error](request.Err); !ok && !errors.Is(request.Err, os.ErrDeadlineExceeded) && !strings.Contains(request.Err.Error(), "tls:") {
		return nil
	}
	return &problem{what: fmt.Sprintf("the cluster %s cannot be reached: %v", s.server(), request.Err), remedy: "See that it runs and that the network leads there, or choose another by --context or --kubeconfig."}
}

// server names the apiserver and the context that led there.
func (s *session) server() string {
	loader := s.flags.ToRawKubeConfigLoader()
	config, err := loader.ClientConfig()
	if err != nil {
		return "of the kubeconfig"
	}
	raw, err := loader.RawConfig()
	if name := raw.CurrentContext; err == nil && name != "" {
		if *s.flags.Context != "" {
			name = *s.flags.Context
		}
		return fmt.Sprintf("at %s (context %s)", config.Host, name)
	}
	return "at " + config.Host
}

func (s *session) explainInstalled(err error) *problem {
	missing := "Skein's kinds"
	if noKind, ok := errors.AsType[*meta.NoKindMatchError](err); ok {
		missing = "the kind " + noKind.GroupKind.Kind
	} else if _, ok := errors.AsType[*meta.NoResourceMatchError](err); !ok && !apierrors.IsNotFound(err) {
		return nil
	}
	return &problem{
		what:   fmt.Sprintf("the cluster %s does not have %s", s.server(), missing),
		remedy: "Install Skein, or a newer one, there (https://github.com/skein-dev/skein#install), or choose another cluster by --context.",
	}
}

// refusedVerb finds what is missing in the apiserver's words: … cannot get resource "consumerqueues" in API group … in the namespace …
var refusedVerb = regexp.MustCompile(`cannot (\w+) resource "([^"]+)"`)

// explainAPI is about requests that the apiserver understood and refused.
func (s *session) explainAPI(err error) *problem {
	if !apierrors.IsForbidden(err) {
		return nil
	}
	found := refusedVerb.FindStringSubmatch(err.Error())
	if found == nil {
		return &problem{what: err.Error(), remedy: "Ask an administrator of the cluster."}
	}
	remedy := fmt.Sprintf("Ask an administrator of the cluster to bind you to the ClusterRole %s.", list("or", rolesFor(found[1], found[2])...))
	if found[2] != "awsaccounts" && strings.Contains(err.Error(), "at the cluster scope") {
		remedy = "Leave -A out, to see one namespace. " + remedy
	}
	return &problem{what: err.Error(), remedy: remedy}
}

// roles are the ClusterRoles that come with Skein, without what follows: -viewer-role and -editor-role.
var roles = map[string]string{"awsaccounts": "awsaccount", "consumerqueues": "consumerqueue", "messagingtopologies": "messagingtopology", "redrives": "redrive"}

// lacking names the permission that was missing, and the ClusterRoles that have it.
func lacking(err error) string {
	found := refusedVerb.FindStringSubmatch(err.Error())
	if found == nil {
		return err.Error()
	}
	return fmt.Sprintf("it takes the permission to %s %s (ClusterRole %s)", found[1], found[2], list("or", rolesFor(found[1], found[2])...))
}

// rolesFor names the ClusterRoles of Skein and of Kubernetes that permit something.
func rolesFor(verb, resource string) []string {
	kubernetes, suffix := "edit", "editor"
	if slices.Contains([]string{"get", "list", "watch"}, verb) {
		kubernetes, suffix = "view", "viewer"
	}
	switch role, ours := roles[resource]; {
	case resource == "awsaccounts":
		// It is in no namespace, and a RoleBinding to view does not reach it.
		return []string{"skein-" + role + "-" + suffix + "-role"}
	case ours:
		return []string{"skein-" + role + "-" + suffix + "-role", kubernetes}
	}
	return []string{kubernetes}
}
