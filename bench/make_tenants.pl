#!/usr/bin/perl
# Makes tenants t1, t2, ... with ten add-ons each, for bench/growth: make_tenants.pl URL RECEIVER-PORT TENANTS
use strict;
use warnings;
use HTTP::Tiny;
use JSON::PP;

my ($url, $port, $tenants) = @ARGV;
my $workers = 8;
my @others = qw(jira:issue_updated jira:issue_deleted comment_created comment_updated comment_deleted
    jira:version_released jira:version_created jira:version_deleted project_created);

sub post {
    my ($http, $path, $body) = @_;
    my $answer = $http->post("$url$path", {headers => {'Content-Type' => 'application/json'}, content => encode_json($body)});
    die "POST $path: $answer->{status} $answer->{content}\n" unless $answer->{success};
}

sub addon {
    my ($tenant, $number) = @_;
    # Every address of 127.0.0.0/8 is this machine: a receiver for each add-on.
    my $n = ($tenant - 1) * 10 + $number;
    my $address = sprintf '127.%d.%d.%d', 10 + ($n >> 16), ($n >> 8) & 255, $n & 255;
    my @webhooks = map { {event => $_, url => '/hook?key=${issue.key}'} } 'jira:issue_created', @others;
    return {
        descriptor => {
            key => "addon$number", name => "Add-on $number", baseUrl => "http://$address:$port",
            authentication => {type => 'jwt'}, lifecycle => {installed => '/installed'}, scopes => ['READ'],
            apiMigrations => {'signed-install' => JSON::PP::true, gdpr => JSON::PP::true},
            modules => {webhooks => \@webhooks},
        },
    };
}

for my $worker (0 .. $workers - 1) {
    next if fork;
    my $http = HTTP::Tiny->new(keep_alive => 1, timeout => 60);
    for (my $tenant = 1 + $worker; $tenant <= $tenants; $tenant += $workers) {
        post($http, '/api/v1/tenants', {key => "t$tenant", product => 'jira', baseUrl => "http://t$tenant.example.test"});
        post($http, "/api/v1/tenants/t$tenant/addons", addon($tenant, $_)) for 1 .. 10;
    }
    exit 0;
}
my $failed = 0;
while (wait != -1) { $failed = 1 if $? }
exit $failed;
