// A report that is read: tables that sort, statements that tell their verdict where they stand.

import { claims } from "./claims";
import { begin } from "./live";

begin(() => undefined, false);
claims();
