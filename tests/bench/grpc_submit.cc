// The reference for small submissions: a plain gRPC C++ service that does the same SQL for each (the same rows into the same tables, in one
// transaction, committed to disk), with prepared statements, one after the other, as such services are written. It checks no signature, no
// rule and no figure, and signs no receipt.
//
//   grpc_submit CONNINFO THREADS SECONDS PERIOD ORG...     server and clients in one process; prints as bench_load does
#include "submit.grpc.pb.h"

#include <grpcpp/grpcpp.h>
#include <libpq-fe.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

// Connections that calls borrow.
class Pool {
public:
    Pool(const std::string &conninfo, int size) {
        for (int i = 0; i < size; i++) {
            PGconn *c = PQconnectdb(conninfo.c_str());
            if (PQstatus(c) != CONNECTION_OK) {
                std::fprintf(stderr, "%s", PQerrorMessage(c));
                std::exit(1);
            }
            Prepare(c);
            free_.push_back(c);
        }
    }
    PGconn *Take() {
        std::unique_lock<std::mutex> lock(mutex_);
        ready_.wait(lock, [this] { return !free_.empty(); });
        PGconn *c = free_.back();
        free_.pop_back();
        return c;
    }
    void Give(PGconn *c) {
        std::lock_guard<std::mutex> lock(mutex_);
        free_.push_back(c);
        ready_.notify_one();
    }

private:
    static void Prepare(PGconn *c) {
        const char *const statements[][2] = {
            {"chain", "INSERT INTO audit_chain (chain, position, hash) VALUES ($1, 0, decode(repeat('00', 32), 'hex')) ON CONFLICT DO NOTHING"},
            {"lock", "SELECT position, hash FROM audit_chain WHERE chain = $1 FOR UPDATE"},
            {"key", "SELECT reply FROM idempotency WHERE key = $1"},
            {"next", "SELECT coalesce((SELECT max(revision) FROM submission WHERE form_id = $1 AND org_id = $2 AND period = $3), 0),"
                     " nextval(pg_get_serial_sequence('submission', 'id'))"},
            {"breakdowns", "SELECT id, text FROM disaggregation WHERE text = ANY($1::text[])"},
            {"submission",
             "INSERT INTO submission (id, form_id, form_version, org_id, period, first_day, last_day, revision, reason, observations,"
             " content_digest, chunks, generation, officer_id, key_id, received_us, late, chain, position) OVERRIDING SYSTEM VALUE"
             " SELECT $1, f.form_id, f.version, $2, $3, DATE '2020-01-01', DATE '2020-01-31', $4, $5, 40, decode(repeat('00', 32), 'hex'),"
             " decode(repeat('00', 40), 'hex'), 1, k.officer_id, k.key_id, 1, false, $6, $7 FROM form_version f, officer_key k"
             " WHERE f.form_id = $8 ORDER BY f.version DESC LIMIT 1"},
            {"step", "INSERT INTO submission_transition (submission_id, step, from_state, to_state, officer_id, at_us, comment)"
                     " VALUES ($1, 1, 1, 2, 1, 1, '')"},
            {"event", "INSERT INTO audit_event (chain, position, at_us, officer, method, idempotency_key, subject, payload_digest, signature,"
                      " previous_hash, hash) VALUES ($1, $2, 1, 'bench', 'Submit', $3, $4, decode(repeat('00', 32), 'hex'), $5::bytea,"
                      " decode(repeat('00', 32), 'hex'), decode(repeat('00', 32), 'hex'))"},
            {"head", "UPDATE audit_chain SET position = $2 WHERE chain = $1"},
            {"signed", "INSERT INTO signed_request (chain, position, audience, sent_at_us, key_id, payload)"
                       " SELECT $1, $2, 'test', 1, key_id, $3::bytea FROM officer_key LIMIT 1"},
            {"reply", "INSERT INTO idempotency (key, officer_id, method, digest, reply, at_us) VALUES ($1, 1, 'Submit',"
                      " decode(repeat('00', 32), 'hex'), $2::bytea, 1)"},
        };
        for (const auto &s : statements)
            PQclear(PQprepare(c, s[0], s[1], 0, nullptr));
    }
    std::mutex mutex_;
    std::condition_variable ready_;
    std::vector<PGconn *> free_;
};

class Transaction {
public:
    explicit Transaction(PGconn *c) : c_(c) { Plain("BEGIN"); }
    std::vector<std::string> Run(const char *name, const std::vector<std::string> &values, size_t columns = 0) {
        std::vector<const char *> raw;
        for (const auto &v : values)
            raw.push_back(v.c_str());
        PGresult *r = PQexecPrepared(c_, name, static_cast<int>(raw.size()), raw.data(), nullptr, nullptr, 0);
        Check(r);
        std::vector<std::string> row;
        for (size_t i = 0; i < columns * static_cast<size_t>(PQntuples(r)); i++)
            row.emplace_back(PQgetvalue(r, static_cast<int>(i / columns), static_cast<int>(i % columns)));
        PQclear(r);
        return row;
    }
    void Plain(const char *sql) {
        PGresult *r = PQexec(c_, sql);
        Check(r);
        PQclear(r);
    }
    void Copy(const std::string &rows) {
        PGresult *r = PQexec(c_, "COPY observation (submission_id, indicator_id, org_id, disaggregation_id, value, status) FROM STDIN");
        PQclear(r);
        PQputCopyData(c_, rows.data(), static_cast<int>(rows.size()));
        PQputCopyEnd(c_, nullptr);
        while ((r = PQgetResult(c_))) {
            Check(r);
            PQclear(r);
        }
    }
    bool failed = false;

private:
    void Check(PGresult *r) {
        ExecStatusType s = PQresultStatus(r);
        if (s != PGRES_COMMAND_OK && s != PGRES_TUPLES_OK && s != PGRES_COPY_IN) {
            if (!failed)
                std::fprintf(stderr, "%s", PQresultErrorMessage(r));
            failed = true;
        }
    }
    PGconn *c_;
};

std::string Number(long long n) { return std::to_string(n); }

class Service final : public submitbench::Submitter::Service {
public:
    Service(const std::string &conninfo, int size) : pool_(conninfo, size) {
        PGconn *c = pool_.Take();
        form_ = One(c, "SELECT id FROM form WHERE code = 'SMALL'");
        PGresult *r = PQexec(c, "SELECT code, id FROM org_unit WHERE kind = 3 UNION ALL SELECT code, id FROM indicator");
        for (int i = 0; i < PQntuples(r); i++)
            ids_[PQgetvalue(r, i, 0)] = PQgetvalue(r, i, 1);
        PQclear(r);
        pool_.Give(c);
    }
    grpc::Status Submit(grpc::ServerContext *, const submitbench::SubmitRequest *in, submitbench::SubmitReply *out) override {
        PGconn *c = pool_.Take();
        Transaction t(c);
        const std::string &org = ids_.at(in->org());
        t.Run("chain", {in->org()});
        auto head = t.Run("lock", {in->org()}, 2);
        t.Run("key", {in->idempotency_key()}, 1);
        auto next = t.Run("next", {form_, org, in->period()}, 2);
        if (t.failed || head.empty() || next.empty()) {
            t.Plain("ROLLBACK");
            pool_.Give(c);
            return grpc::Status(grpc::StatusCode::INTERNAL, "SQL");
        }
        std::string wanted = "{";
        for (const auto &f : in->figures())
            if (wanted.find(f.disaggregation()) == std::string::npos)
                wanted += (wanted.size() > 1 ? ",\"" : "\"") + f.disaggregation() + "\"";
        auto breakdowns = t.Run("breakdowns", {wanted + "}"}, 2);
        std::map<std::string, std::string> of;
        for (size_t i = 0; i + 1 < breakdowns.size(); i += 2)
            of[breakdowns[i + 1]] = breakdowns[i];
        std::string position = Number(std::stoll(head[0]) + 1), revision = Number(std::stoll(next[0]) + 1), rows;
        for (const auto &f : in->figures())
            rows += next[1] + "\t" + ids_.at(f.indicator()) + "\t" + org + "\t" + of[f.disaggregation()] + "\t" + Number(f.value_e4()) + "\t1\n";
        t.Copy(rows);
        t.Run("submission", {next[1], org, in->period(), revision, in->reason(), in->org(), position, form_});
        t.Run("step", {next[1]});
        std::string payload = "\\x";
        for (int i = 0; i < 700; i++)
            payload += "ab";
        std::string signature = "\\x";
        for (int i = 0; i < 64; i++)
            signature += "cd";
        t.Run("event", {in->org(), position, in->idempotency_key(), "submission/" + next[1], signature});
        t.Run("head", {in->org(), position});
        t.Run("signed", {in->org(), position, payload});
        t.Run("reply", {in->idempotency_key(), signature});
        t.Plain(t.failed ? "ROLLBACK" : "COMMIT");
        pool_.Give(c);
        out->set_submission_id(static_cast<uint64_t>(std::stoll(next[1])));
        out->set_revision(static_cast<uint32_t>(std::stoll(revision)));
        return t.failed ? grpc::Status(grpc::StatusCode::INTERNAL, "SQL") : grpc::Status::OK;
    }

private:
    static std::string One(PGconn *c, const char *sql) {
        PGresult *r = PQexec(c, sql);
        std::string out = PQntuples(r) ? PQgetvalue(r, 0, 0) : "";
        PQclear(r);
        return out;
    }
    Pool pool_;
    std::string form_;
    std::map<std::string, std::string> ids_;
};

std::string Key(int thread, size_t n) {
    char text[27];
    std::snprintf(text, sizeof text, "G%05d%020zu", thread, n + static_cast<size_t>(Clock::now().time_since_epoch().count() % 1000000) * 1000000);
    return text;
}

} // namespace

int main(int argc, char **argv) {
    if (argc < 6)
        return 2;
    int threads = std::atoi(argv[2]), seconds = std::atoi(argv[3]);
    std::string period = argv[4];
    std::vector<std::string> orgs(argv + 5, argv + argc);
    Service service(argv[1], threads);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(&service);
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    auto until = Clock::now() + std::chrono::seconds(seconds);
    auto began = Clock::now();
    std::vector<std::vector<double>> times(static_cast<size_t>(threads));
    std::vector<std::thread> clients;
    bool failed = false;
    for (int t = 0; t < threads; t++)
        clients.emplace_back([&, t] {
            grpc::ChannelArguments arguments;
            arguments.SetInt("bench", t); // a connection each
            auto stub = submitbench::Submitter::NewStub(
                grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials(), arguments));
            static const char *const levels[] = {"pre", "pri", "lsec", "usec", "voc"};
            for (size_t n = 0; Clock::now() < until; n++) {
                submitbench::SubmitRequest request;
                submitbench::SubmitReply reply;
                grpc::ClientContext context;
                request.set_org(orgs[static_cast<size_t>(t) % orgs.size()]);
                request.set_period(period);
                request.set_reason("measured");
                request.set_idempotency_key(Key(t, n));
                request.set_signature(std::string(64, 's'));
                for (int i = 0; i < 40; i++) {
                    auto *f = request.add_figures();
                    f->set_indicator("BULK_" + std::to_string(i / 10));
                    f->set_disaggregation(std::string("level=") + levels[i % 5] + ";sex=" + (i % 10 < 5 ? "male" : "female"));
                    f->set_value_e4(static_cast<int64_t>(1000 + n) * 10000);
                }
                auto before = Clock::now();
                if (!stub->Submit(&context, request, &reply).ok()) {
                    failed = true;
                    return;
                }
                times[static_cast<size_t>(t)].push_back(std::chrono::duration<double, std::milli>(Clock::now() - before).count());
            }
        });
    for (auto &c : clients)
        c.join();
    double elapsed = std::chrono::duration<double>(Clock::now() - began).count();
    server->Shutdown();
    std::vector<double> all;
    for (auto &t : times)
        all.insert(all.end(), t.begin(), t.end());
    if (failed || all.empty())
        return 1;
    std::sort(all.begin(), all.end());
    std::printf("%.0f a second, p50 %.2f ms, p99 %.2f ms\n", static_cast<double>(all.size()) / elapsed, all[all.size() / 2],
                all[all.size() * 99 / 100]);
    return 0;
}
