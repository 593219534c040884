/**
 * The table of how many jobs there are, by role and status. Triggers keep it with each change of a job, so that a look at the totals reads
 * no job.
 *
 * @module
 */
import { defineTable } from "./define_table.ts";

/** How many jobs have this role and status now. */
interface JobCountRow {
  readonly role: string;
  readonly status: string;
  readonly jobs: number;
}

/** A row for each role and status that a job ever had. */
export const JOB_COUNTS = defineTable<JobCountRow>("job_counts", {
  row: (column) => ({
    role: column.text("role"),
    status: column.text("status"),
    jobs: column.whole("jobs"),
  }),
  key: ["role", "status"],
  options: "STRICT, WITHOUT ROWID",
});

const ADD = `
    INSERT INTO job_counts (role, status, jobs) VALUES (NEW.role, NEW.status, 1)
      ON CONFLICT (role, status) DO UPDATE SET jobs = jobs + 1;`;
const TAKE = `
    UPDATE job_counts SET jobs = jobs - 1 WHERE role = OLD.role AND status = OLD.status;`;

/** The table with the jobs that are there, and its triggers. */
export const JOB_COUNT_TABLES = `
  ${JOB_COUNTS.sql}
  INSERT INTO job_counts (role, status, jobs)
    SELECT role, status, count(*) FROM jobs GROUP BY role, status;
  CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN${ADD}
  END;
  CREATE TRIGGER jobs_changed AFTER UPDATE OF status ON jobs WHEN OLD.status <> NEW.status BEGIN${TAKE}${ADD}
  END;
  CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN${TAKE}
  END;
`;
