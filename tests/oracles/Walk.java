// Interviews held at random with JavaRosa, the engine of ODK Collect: java Walk SEED WALKS OUT_FOLDER XFORM.xml …
//
// Each walk is written as an instance: `FORM.N.fits.xml` where JavaRosa finds nothing amiss, and beside it instances that
// were spoiled: `.calculation.xml` (a computed value changed), `.relevance.xml` (an answer to what is not asked),
// `.constraint.xml` (an answer JavaRosa had refused).

import java.io.File;
import java.io.FileInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.TimeData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.util.JavaRosaCoreModule;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.form.api.FormEntryPrompt;
import org.javarosa.model.xform.XFormSerializingVisitor;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.util.XFormUtils;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

public class Walk {
    static final int TRIES = 12;
    static final int MOST_INSTANCES = 3;

    final Random random;
    // How often the first choice is taken rather than any: it is the one that leads on, so that some walks get to the end.
    final int eagerness;
    final FormDef form;
    final FormEntryController controller;
    final FormEntryModel model;
    FormIndex refusedAt;
    IAnswerData refused;
    boolean isComplete = true;

    Walk(Path xform, Random random) throws Exception {
        this.random = random;
        eagerness = 45 * random.nextInt(3);
        form = XFormUtils.getFormFromInputStream(new FileInputStream(xform.toFile()), null);
        form.initialize(true, new InstanceInitializationFactory());
        model = new FormEntryModel(form);
        controller = new FormEntryController(model);
    }

    public static void main(String[] arguments) throws Exception {
        new XFormsModule().registerModule();
        new JavaRosaCoreModule().registerModule();
        Random random = new Random(Long.parseLong(arguments[0]));
        int walks = Integer.parseInt(arguments[1]);
        Path out = Path.of(arguments[2]);
        int written = 0;
        for (int i = 3; i < arguments.length; i++) {
            Path xform = Path.of(arguments[i]);
            Set<String> computed = computed(xform.toFile());
            for (int n = 0; n < walks; n++) {
                Walk walk = new Walk(xform, random);
                walk.hold();
                written += walk.write(out, xform.getFileName().toString().replace(".xml", "") + "." + n, computed);
            }
        }
        System.out.println(written + " instances");
    }

    // The questions whose value follows from the others alone.
    static Set<String> computed(File xform) throws Exception {
        Set<String> found = new HashSet<>();
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xform);
        NodeList inputs = document.getElementsByTagName("input");
        Set<String> shown = new HashSet<>();
        for (int i = 0; i < inputs.getLength(); i++) {
            shown.add(((Element) inputs.item(i)).getAttribute("ref"));
        }
        NodeList binds = document.getElementsByTagName("bind");
        for (int i = 0; i < binds.getLength(); i++) {
            Element bind = (Element) binds.item(i);
            String calculation = bind.getAttribute("calculate");
            boolean isAsSent = calculation.matches("(?s).*(random|randomize|today|now|once|uuid|pulldata)\\(.*");
            boolean mayBeTypedOver = shown.contains(bind.getAttribute("nodeset")) && !bind.getAttribute("readonly").equals("true()");
            if (!calculation.isEmpty() && !isAsSent && !mayBeTypedOver && !bind.getAttribute("nodeset").startsWith("/data/meta/")) {
                found.add(bind.getAttribute("nodeset"));
            }
        }
        return found;
    }

    void hold() throws Exception {
        controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
        for (int event = controller.stepToNextEvent(); event != FormEntryController.EVENT_END_OF_FORM; event = controller.stepToNextEvent()) {
            if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT && model.getFormIndex().getElementMultiplicity() < random.nextInt(MOST_INSTANCES + 1)) {
                controller.newRepeat();
            } else if (event == FormEntryController.EVENT_QUESTION) {
                ask(model.getQuestionPrompt());
            }
        }
        form.postProcessInstance();
    }

    void ask(FormEntryPrompt prompt) throws Exception {
        if (prompt.isReadOnly() || (!prompt.isRequired() && random.nextInt(5) == 0)) {
            return;
        }
        for (int i = 0; i < TRIES; i++) {
            IAnswerData answer = answer(prompt);
            if (answer == null || controller.answerQuestion(prompt.getIndex(), answer, false) == FormEntryController.ANSWER_OK) {
                return;
            }
            refusedAt = prompt.getIndex();
            refused = answer;
        }
    }

    IAnswerData answer(FormEntryPrompt prompt) {
        switch (prompt.getControlType()) {
            case Constants.CONTROL_SELECT_ONE: {
                List<SelectChoice> choices = prompt.getSelectChoices();
                int place = choices.isEmpty() || random.nextInt(100) < eagerness ? 0 : random.nextInt(choices.size());
                return choices.isEmpty() ? null : new SelectOneData(choices.get(place).selection());
            }
            case Constants.CONTROL_SELECT_MULTI:
            case Constants.CONTROL_RANK: {
                List<SelectChoice> choices = prompt.getSelectChoices();
                // All of them, about half of them, or one: lists of which all must be marked and lists of which one stands alone are met.
                int share = prompt.getControlType() == Constants.CONTROL_RANK ? 100 : 50 * random.nextInt(3);
                List<Selection> chosen = new ArrayList<>();
                for (SelectChoice choice : choices) {
                    if (random.nextInt(100) < share) chosen.add(choice.selection());
                }
                if (chosen.isEmpty() && !choices.isEmpty()) chosen.add(choices.get(random.nextInt(choices.size())).selection());
                return chosen.isEmpty() ? null : new MultipleItemsData(chosen);
            }
            case Constants.CONTROL_TRIGGER: return new StringData("OK");
            case Constants.CONTROL_RANGE: return prompt.getDataType() == Constants.DATATYPE_INTEGER ? new IntegerData(2 + 2 * random.nextInt(2)) : null;
            case Constants.CONTROL_INPUT: return typed(prompt.getDataType());
            default: return null;
        }
    }

    IAnswerData typed(int type) {
        Date date = new Date(86_400_000L * (random.nextInt(22_000) - 2_000));
        switch (type) {
            case Constants.DATATYPE_INTEGER: return new IntegerData(random.nextInt(4) == 0 ? random.nextInt(130) : random.nextInt(6));
            case Constants.DATATYPE_DECIMAL: return new DecimalData(random.nextInt(1000) / 8.0);
            case Constants.DATATYPE_DATE: return new DateData(date);
            case Constants.DATATYPE_DATE_TIME: return new DateTimeData(date);
            case Constants.DATATYPE_TIME: return new TimeData(date);
            case Constants.DATATYPE_TEXT:
            case Constants.DATATYPE_BARCODE:
                return new StringData(new String[] {"AB", "north", "a b c", "KH-0001", "12", "x<y"}[random.nextInt(6)]);
            default: return null;
        }
    }

    int write(Path out, String name, Set<String> computed) throws Exception {
        boolean fits = form.validate(true) == null;
        if (!fits) {
            save(out, name + ".invalid.xml");
            return 1;
        }
        save(out, name + ".fits.xml");
        int written = 1;
        List<TreeElement> leaves = new ArrayList<>();
        leaves(form.getMainInstance().getRoot(), leaves);
        List<TreeElement> wrong = new ArrayList<>(leaves);
        wrong.removeIf(leaf -> !isIn(computed, leaf) || !leaf.isRelevant());
        if (!wrong.isEmpty()) {
            TreeElement leaf = wrong.get(random.nextInt(wrong.size()));
            IAnswerData before = leaf.getValue();
            leaf.setAnswer(new StringData((before == null ? "" : before.uncast().getString()) + "7"));
            save(out, name + ".calculation.xml");
            leaf.setAnswer(before);
            written++;
        }
        if (refused != null && model.isIndexRelevant(refusedAt)) {
            TreeElement leaf = form.getMainInstance().resolveReference(refusedAt.getReference());
            IAnswerData before = leaf.getValue();
            leaf.setAnswer(refused);
            save(out, name + ".constraint.xml");
            leaf.setAnswer(before);
            written++;
        }
        leaves.removeIf(leaf -> leaf.isRelevant() || leaf.getName().equals("instanceName"));
        if (!leaves.isEmpty()) {
            TreeElement leaf = leaves.get(random.nextInt(leaves.size()));
            leaf.setAnswer(new StringData("1"));
            for (TreeElement e = leaf; e != null; e = (TreeElement) e.getParent()) {
                e.setRelevant(true);
            }
            save(out, name + ".relevance.xml");
            written++;
        }
        return written;
    }

    static boolean isIn(Set<String> computed, TreeElement leaf) {
        return computed.contains(leaf.getRef().genericize().toString(false));
    }

    static void leaves(TreeElement element, List<TreeElement> found) {
        if (element.getMult() == TreeReference.INDEX_TEMPLATE) {
            return;
        }
        if (element.getNumChildren() == 0) {
            found.add(element);
        }
        for (int i = 0; i < element.getNumChildren(); i++) {
            leaves(element.getChildAt(i), found);
        }
    }

    void save(Path out, String name) throws Exception {
        Files.write(out.resolve(name), new XFormSerializingVisitor().serializeInstance(form.getMainInstance()));
    }
}
