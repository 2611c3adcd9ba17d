{{/* Names are the user guide's and do not depend on the release's. */}}

{{- define "kubeshark.labels" -}}
app.kubernetes.io/name: kubeshark
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{/* kubeshark.image (dict "root" $ "name" "hub") */}}
{{- define "kubeshark.image" -}}
{{- $image := .root.Values.image -}}
{{- with $image.registry }}{{ . | trimSuffix "/" }}/{{ end -}}
kubeshark-{{ .name }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end }}

{{- define "kubeshark.agentTokenSecret" -}}
{{ .Values.agentToken.existingSecret | default "kubeshark-agent-token" }}
{{- end }}

{{- define "kubeshark.usesServers" -}}
{{ if or .Values.clickhouse.url .Values.clickhouse.existingSecret }}true{{ end }}
{{- end }}

{{- define "kubeshark.clickhouseSecret" -}}
{{ .Values.clickhouse.existingSecret | default "kubeshark-clickhouse" }}
{{- end }}

{{/* Names by which browsers and agents call the hub; everything else is refused (DNS rebinding). */}}
{{- define "kubeshark.allowedHosts" -}}
{{- $service := printf "kubeshark-front.%s" .Release.Namespace -}}
{{- $hosts := list "kubeshark-front" $service (printf "%s.svc" $service) (printf "%s.svc.cluster.local" $service) -}}
{{- with .Values.ingress.host }}{{ $hosts = append $hosts . }}{{ end -}}
{{ join "," $hosts }}
{{- end }}
